/** What processes share: semaphores, message queues, memory. */
import { closeSync, openSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import {
  errno,
  errnoName,
  GETNCNT,
  GETPID,
  GETVAL,
  getpid,
  IPC_NOWAIT,
  IPC_PRIVATE,
  IPC_RMID,
  MAP_ANONYMOUS,
  MAP_PRIVATE,
  MAP_SHARED,
  MSG_NOERROR,
  mmap,
  msgctl,
  msgget,
  msgrcv,
  msgsnd,
  munmap,
  PROT_READ,
  PROT_WRITE,
  SEM_UNDO,
  SETVAL,
  semctl,
  semget,
  semop,
  semtimedop,
} from 'realfork/c';
import { untilBlocked } from '../support/proc';
import { inChild, reap, report, scenarios } from '../support/scenarios';

function ok<Result>(result: Result | -1): Result {
  if (result === -1) throw new Error(errnoName(errno()));
  return result;
}

const outcome = (result: unknown): unknown => (result === -1 ? errnoName(errno()) : result);
const READ_WRITE = PROT_READ | PROT_WRITE;
const DOWN = [{ sem_num: 0, sem_op: -1 }];
const UP = [{ sem_num: 0, sem_op: 1 }];

scenarios({
  semaphores() {
    const id = ok(semget(IPC_PRIVATE, 2, 0o600));
    try {
      report([semctl(id, 1, SETVAL, 3), semctl(id, 1, GETVAL), semctl(id, 0, GETVAL)]);
      report(
        outcome(
          semop(id, [
            { sem_num: 1, sem_op: -1 },
            { sem_num: 0, sem_op: -1, sem_flg: IPC_NOWAIT },
          ]),
        ),
      );
      report({ allOrNone: semctl(id, 1, GETVAL) });
      report(outcome(semtimedop(id, DOWN, { tv_sec: 0, tv_nsec: 1e6 })));
      const child = inChild(() => report(['child', semop(id, DOWN)]));
      untilBlocked(child, id);
      report(['waiting', semctl(id, 0, GETNCNT)]);
      semop(id, UP);
      report([reap(child), semctl(id, 0, GETPID) === child]);
      reap(inChild(() => void semop(id, [{ sem_num: 0, sem_op: 5, sem_flg: SEM_UNDO }])));
      report({ undone: semctl(id, 0, GETVAL) });
    } finally {
      report(semctl(id, 0, IPC_RMID));
    }
    report([outcome(semop(id, UP)), outcome(semctl(id, 0, GETVAL)), outcome(semctl(id, 0, 4711))]);
  },

  queues() {
    const id = ok(msgget(IPC_PRIVATE, 0o600));
    const buffer = Buffer.alloc(5, '.');
    const received = (type?: number, flags = IPC_NOWAIT): unknown => {
      const message = msgrcv(id, buffer, type, flags);
      return message === -1 ? errnoName(errno()) : [message.mtype, buffer.toString('utf8', 0, message.count)];
    };
    try {
      report([
        msgsnd(id, 3, 'three'),
        msgsnd(id, 1, Buffer.from('one')),
        msgsnd(id, 2, ''),
        outcome(msgsnd(id, 0, 'x')),
      ]);
      report([received(1), received(-2), received(), received()]);
      msgsnd(id, 7, 'too long');
      report([received(), received(0, MSG_NOERROR)]);
      const parent = getpid();
      const child = inChild(() => {
        untilBlocked(parent, id);
        msgsnd(id, 1, 'hello');
      });
      report([received(0, 0), reap(child)]);
    } finally {
      report(msgctl(id, IPC_RMID));
    }
    report([received(), outcome(msgctl(id, 4711))]);
  },

  /** Two processes count in the same word: with Atomics nothing is lost. */
  counting() {
    const COUNT = 200_000;
    const buffer = ok(mmap(4096, READ_WRITE, MAP_SHARED | MAP_ANONYMOUS));
    const words = new Int32Array(buffer);
    const own = new Int32Array(ok(mmap(4096, READ_WRITE, MAP_PRIVATE | MAP_ANONYMOUS)));
    const children = [0, 1].map(() =>
      inChild(() => {
        for (let i = 0; i < COUNT; ++i) Atomics.add(words, 0, 1);
        own[0] = 1;
      }),
    );
    for (let i = 0; i < COUNT; ++i) Atomics.add(words, 0, 1);
    report([children.map(reap), Atomics.load(words, 0), buffer.byteLength, own[0]]);
    report([munmap(buffer), buffer.byteLength, words.length, outcome(munmap(buffer))]);
  },

  /** By word of the memory alone: each waits until it is its turn. */
  turns() {
    const words = new Int32Array(ok(mmap(64, READ_WRITE, MAP_SHARED | MAP_ANONYMOUS)));
    const turn = (mine: number): void => {
      for (let i = 0; i < 100; ++i) {
        while (Atomics.load(words, 0) !== mine) Atomics.add(words, 2, 1);
        Atomics.add(words, 1, 1);
        Atomics.store(words, 0, 1 - mine);
      }
    };
    const child = inChild(() => turn(1));
    turn(0);
    report([reap(child), words[1]]);
  },

  files() {
    writeFileSync('mapped', Buffer.alloc(8192, 'a'));
    const fd = openSync('mapped', 'r+');
    const bytes = new Uint8Array(ok(mmap(4096, READ_WRITE, MAP_SHARED, fd, 4096)));
    closeSync(fd);
    bytes[1] = 98;
    report(readFileSync('mapped', 'utf8').slice(4094, 4100));
    report([
      outcome(mmap(4096, READ_WRITE, MAP_SHARED, -1)),
      outcome(mmap(0, READ_WRITE, MAP_SHARED | MAP_ANONYMOUS)),
      outcome(mmap(2 ** 50, READ_WRITE, MAP_SHARED | MAP_ANONYMOUS)),
    ]);
    unlinkSync('mapped');
  },

  /** Mappings that nobody has any more are given back. */
  collected() {
    if (gc === undefined) throw new Error('without --expose-gc');
    const mapped = (): number => readFileSync('/proc/self/maps', 'utf8').split('/dev/zero').length - 1;
    const before = mapped();
    for (let i = 0; i < 50; ++i) ok(mmap(4096 * (1 + i), READ_WRITE, MAP_SHARED | MAP_ANONYMOUS));
    const during = mapped();
    gc();
    setImmediate(() => {
      report({
        during: during - before >= 40,
        after: mapped() - before <= 1,
      }); /* the last one may still be on the stack */
    });
  },
});
