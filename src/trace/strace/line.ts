import { scanArguments } from './scan';

/**
 * The grammar of a line of strace(1), as its versions 4.8 to 6 write it:
 *
 *     line       = [ pid ] [ time ] body
 *     pid        = "[pid" SP number "] " / number SP         the latter with -o, and -ff merged
 *     time       = -t 12:00:01 / -tt 12:00:01.123456 / -ttt 1700000000.123456 / -r 0.000123
 *     body       = call / unfinished / resumed / signal / stop / end / message
 *     call       = name "(" arguments ")" "= " result [ "<" seconds ">" ]         the seconds by -T
 *     unfinished = name "(" arguments " <unfinished ...>"         or " <detached ...>"
 *     resumed    = "<... " name " resumed>" arguments ")" "= " result [ "<" seconds ">" ]
 *     result     = "?" [ error text ] / number [ "<" -y ">" ] [ error ] [ text ]
 *     signal     = "--- " name " {" fields "} ---"
 *     stop       = "--- stopped by " name " ---"
 *     end        = "+++ exited with N +++" / "+++ killed by " name [ " (core dumped)" ] " +++"
 *                / "+++ superseded by execve in pid N +++"
 *     message    = [ "strace: " ] "Process N attached" / "Process N detached" / others
 */

export interface Result {
  /** Absent for "?". */
  readonly value?: string;
  /** "EINTR"; of "?" what the kernel keeps to itself: "ERESTARTSYS". */
  readonly error?: string;
  /** Behind it, in parentheses: "Timeout", "in [3]". */
  readonly remark?: string;
}

/** A call that has returned. Durations are in microseconds. */
export interface CallBody {
  readonly kind: 'call';
  readonly call: string;
  readonly args: readonly string[];
  readonly result: Result;
  readonly duration?: number;
}

export type Body =
  | CallBody
  | { readonly kind: 'unfinished'; readonly call: string; readonly text: string; readonly detached: boolean }
  | { readonly kind: 'resumed'; readonly call: string; readonly text: string }
  | { readonly kind: 'signal'; readonly signal: string; readonly siginfo: string }
  | { readonly kind: 'stop'; readonly signal: string }
  | { readonly kind: 'exited'; readonly status: number }
  | { readonly kind: 'killed'; readonly signal: string; readonly core: boolean }
  | { readonly kind: 'superseded'; readonly by: number }
  | { readonly kind: 'attached'; readonly pid: number }
  | { readonly kind: 'message' };

/** By which clock: of the day, since 1970, or since the line before. Microseconds. */
export interface Time {
  readonly clock: 'day' | 'epoch' | 'relative';
  readonly t: number;
  /** How fine it is: 1000000 for -t. */
  readonly unit: number;
}

export interface Line {
  readonly pid?: number;
  readonly time?: Time;
  readonly body: Body;
}

/** A line that is none of strace's. The message is for people, and says nothing of where the line is. */
export class LineError extends Error {
  override readonly name = 'LineError';
}

/** PID_MAX_LIMIT of Linux: a number above is a time of -ttt in whole seconds. */
const LARGEST_PID = 2 ** 22;
const MICROSECONDS = 1e6;

function unitOf(fraction: string | undefined): number {
  return fraction === undefined ? MICROSECONDS : MICROSECONDS / 10 ** (fraction.length - 1);
}

/** Microseconds of a number of seconds as text: ".000123" has no such number that is exact. */
function microseconds(seconds: string): number {
  const [whole = '', fraction = ''] = seconds.split('.');
  return Number(whole) * MICROSECONDS + Number(fraction.padEnd(9, '0')) / 1000;
}

function timeOf(text: string): [Time | undefined, string] {
  const [clock = '', hours, minutes, seconds, fraction] = /^(\d\d):(\d\d):(\d\d)(\.\d{1,9})? +/.exec(text) ?? [];
  if (hours !== undefined) {
    const day = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
    const t = microseconds(`${day}${fraction ?? ''}`);
    return [{ clock: 'day', t, unit: unitOf(fraction) }, text.slice(clock.length)];
  }
  const [number = '', whole, part] = /^ *(\d{1,12})(\.\d{1,9})? +(?=[\w<+?-])/.exec(text) ?? [];
  if (whole === undefined || (part === undefined && Number(whole) <= LARGEST_PID)) return [undefined, text];
  const t = microseconds(`${whole}${part ?? ''}`);
  const kind = Number(whole) > LARGEST_PID ? 'epoch' : 'relative';
  return [{ clock: kind, t, unit: unitOf(part) }, text.slice(number.length)];
}

function pidOf(text: string): [number | undefined, string] {
  const [all = '', bracketed, plain] = /^(?:\[pid +(\d{1,10})\] +|(\d{1,7})(?:<[^>]*>)? +(?=\S))/.exec(text) ?? [];
  const pid = Number(bracketed ?? plain);
  return Number.isInteger(pid) && pid > 0 ? [pid, text.slice(all.length)] : [undefined, text];
}

/** Of -r beside another time, -n and -i: (+     0.000123), [  43], [00007f5a89234740]. */
const BESIDES = /^(?:\(\+ *\d+\.\d+\) +|\[ *\d{1,4}\] +|\[[\da-f?]{8,16}\] +)+/;

/** "<0.000012>", at the end of a line. */
function withoutDuration(text: string): [string, number | undefined] {
  const at = text.lastIndexOf(' <');
  const seconds = /^ <(\d{1,9}\.\d{1,9})>$/.exec(at === -1 ? '' : text.slice(at))?.[1];
  return seconds === undefined ? [text, undefined] : [text.slice(0, at), microseconds(seconds)];
}

function resultOf(text: string): Pick<CallBody, 'result' | 'duration'> {
  const [said, duration] = withoutDuration(text.trim());
  const [all, value] = /^= *(\?|-?\d+|0x[\da-f]+)(?![\w.])/.exec(said) ?? [];
  if (all === undefined || value === undefined) throw new LineError('there is no result behind "= "');
  const rest = said.slice(all.length).replace(/^<.*>(?=[ (]|$)/, '');
  const error = /^ (E[A-Z\d_?]+)\b/.exec(rest)?.[1];
  const remark = /\(([^()]*)\)(?: \(INJECTED\))?(?: \(DELAYED\))?$/.exec(rest)?.[1];
  const result = {
    ...(value === '?' ? {} : { value }),
    ...(error === undefined ? {} : { error }),
    ...(error !== undefined || remark === undefined ? {} : { remark }),
  };
  return duration === undefined ? { result } : { result, duration };
}

/** A call from its arguments on: 'accept', '3, NULL, NULL) = 4 <0.000012>'. */
export function parseCall(call: string, text: string): CallBody {
  const { args, end } = scanArguments(text);
  if (end === -1) throw new LineError(`the arguments of ${call} have no end`);
  return { kind: 'call', call, args, ...resultOf(text.slice(end)) };
}

const NAME = '[a-z_][a-z\\d_]*|\\?{4}';
const CALL = new RegExp(`^(${NAME})\\(`);
const RESUMED = new RegExp(`^<\\.\\.\\. (?:(${NAME}) )?resumed>`);
const UNFINISHED = ' <unfinished ...>';
const DETACHED = ' <detached ...>';
const SIGNAL_NAME = 'SIG[A-Z\\d_]+';
const END = new RegExp(
  `^\\+{3} (?:exited with (\\d{1,3})|killed by (${SIGNAL_NAME})( \\(core dumped\\))?|superseded by execve in pid (\\d+)) \\+{3}$`,
);
const STOP = new RegExp(`^--- stopped by (${SIGNAL_NAME}) ---$`);
/** The second form is that of strace before 4.6: --- SIGCHLD (Child exited) @ 0 (0) --- */
const SIGNAL = new RegExp(`^--- (${SIGNAL_NAME}) (?:(\\{.*\\})|\\(.*\\).*) ---$`);
const MESSAGE =
  /^(?:strace: )?(?:Process (\d+) (attached)\b.*|Process \d+ (?:detached|suspended|resumed)\b.*|\[ Process .*\])$|^strace: /;

function endOf(text: string): Body | undefined {
  const [found, status, signal, core, by] = END.exec(text) ?? [];
  if (found === undefined) return undefined;
  if (status !== undefined) return { kind: 'exited', status: Number(status) };
  if (signal !== undefined) return { kind: 'killed', signal, core: core !== undefined };
  return { kind: 'superseded', by: Number(by) };
}

/** Characters of a line about a signal; siginfo has a dozen numbers. */
const LONGEST_SIGNAL = 4096;

function signalOf(text: string): Body | undefined {
  if (text.length > LONGEST_SIGNAL) return undefined;
  const stopped = STOP.exec(text)?.[1];
  if (stopped !== undefined) return { kind: 'stop', signal: stopped };
  const [, signal, siginfo = ''] = SIGNAL.exec(text) ?? [];
  return signal === undefined ? undefined : { kind: 'signal', signal, siginfo };
}

function messageOf(text: string): Body | undefined {
  const [found, pid, attached] = MESSAGE.exec(text) ?? [];
  if (found === undefined) return undefined;
  return attached === undefined ? { kind: 'message' } : { kind: 'attached', pid: Number(pid) };
}

function bodyOf(text: string): Body {
  const other = text.startsWith('+++') ? endOf(text) : text.startsWith('---') ? signalOf(text) : messageOf(text);
  if (other !== undefined) return other;
  const [resumes, resumed = '????'] = RESUMED.exec(text) ?? [];
  if (resumes !== undefined) return { kind: 'resumed', call: resumed, text: text.slice(resumes.length) };
  const [begins, call] = CALL.exec(text) ?? [];
  if (begins === undefined || call === undefined)
    throw new LineError('it is no call, no signal and no end of a process');
  const mark = [UNFINISHED, DETACHED].find((one) => text.endsWith(one));
  if (mark === undefined) return parseCall(call, text.slice(begins.length));
  const begun = text.slice(begins.length, text.length - mark.length);
  return { kind: 'unfinished', call, text: begun, detached: mark === DETACHED };
}

/**
 * Reads one line, without its end of line.
 *
 * @throws {LineError} strace did not write it, or not all of it is here
 */
export function parseLine(text: string): Line {
  const message = messageOf(text);
  if (message !== undefined) return { body: message };
  const [pid, behindPid] = pidOf(text);
  const [time, behindTime] = timeOf(behindPid.replace(BESIDES, ''));
  const body = bodyOf(behindTime.replace(BESIDES, ''));
  return { ...(pid === undefined ? {} : { pid }), ...(time === undefined ? {} : { time }), body };
}
