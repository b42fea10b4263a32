import { afterPatience } from '#src/labs/patience.js';

/** The time of a test, in seconds, with a clock of its own. */
describe('the time that a test may take', () => {
  let now = 0;
  beforeEach(() => {
    now = 0;
    jest.useFakeTimers();
    jest.spyOn(performance, 'now').mockImplementation(() => now);
  });
  afterEach(() => {
    jest.restoreAllMocks();
    jest.useRealTimers();
  });

  /** The clock is looked at when so much time has passed. */
  function look(after: number): void {
    now += after;
    jest.advanceTimersToNextTimer();
  }

  test('is over when it has passed, look for look', () => {
    const over = jest.fn();
    afterPatience(6000, over);
    // However busy the machine is meanwhile: a fifth of the time is counted always.
    for (let looks = 0; looks <= 5 * (6000 / 250); ++looks) look(250);
    expect(over).toHaveBeenCalledTimes(1);
  });

  test('is not that in which the grader was not scheduled: of that a fifth is counted', () => {
    const over = jest.fn();
    afterPatience(6000, over);
    look(6250); // the first look comes six seconds late
    expect(over).not.toHaveBeenCalled();
    look(30_000);
    expect(over).toHaveBeenCalledTimes(1);
  });

  test('is given up', () => {
    const over = jest.fn();
    afterPatience(1000, over)();
    expect(jest.getTimerCount()).toBe(0);
  });
});
