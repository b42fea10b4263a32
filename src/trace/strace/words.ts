import type { HandlerSet } from '../seen';
import { fieldsOf, scanArguments, stripped, withoutDecoration } from './scan';

/** What strace writes, in the words of this package's events. */

/** The kernel's real-time signals begin at 32, of which the C library keeps two: strace's SIGRT_2 is SIGRTMIN. signal(7) */
const KEPT_BY_LIBC = 2;

/** "SIGCHLD", "SIGRTMIN+1" for SIGRT_3; also without SIG in front, as within masks. */
export function signalWord(text: string): string {
  const name = text.startsWith('SIG') ? text : `SIG${text}`;
  const realTime = /^SIGRT_(\d+)$/.exec(name)?.[1];
  if (realTime === undefined) return name;
  const above = Number(realTime) - KEPT_BY_LIBC;
  if (above < 0) return name;
  return above === 0 ? 'SIGRTMIN' : `SIGRTMIN+${above}`;
}

/** The signals of "[CHLD INT]"; undefined for what is no such list. */
export function maskSignals(text: string): readonly string[] | undefined {
  const names = /^\[([^[\]]*)\]$/.exec(text)?.[1];
  return names?.split(/[ ,]+/).flatMap((name) => (name === '' ? [] : signalWord(name)));
}

/** "{SIGCHLD SIGINT}" for "[CHLD INT]"; NULL, and "~[KILL STOP]", which is all but those, nearly as they are. */
export function maskWords(text: string): string {
  const not = text.startsWith('~') ? '~' : '';
  const signals = maskSignals(text.slice(not.length));
  return signals === undefined ? text : `${not}{${signals.join(' ')}}`;
}

/** Of SIGCHLD's wait statuses: "exited 0", "killed by SIGSEGV (core dumped)"; undefined for NULL. */
export function statusWords(text: string): string | undefined {
  const all = /^\[\{(.*)\}(?: => .*)?\]$/s.exec(text)?.[1] ?? '';
  const exited = /WEXITSTATUS\(s\) == (\d+)/.exec(all)?.[1];
  if (exited !== undefined) return `exited ${exited}`;
  const killed = /WTERMSIG\(s\) == (SIG[A-Z\d_]+)/.exec(all)?.[1];
  if (killed !== undefined)
    return `killed by ${signalWord(killed)}${all.includes('WCOREDUMP') ? ' (core dumped)' : ''}`;
  const stopped = /WSTOPSIG\(s\) == (SIG[A-Z\d_]+)/.exec(all)?.[1];
  if (stopped !== undefined) return `stopped by ${signalWord(stopped)}`;
  return all.includes('WIFCONTINUED(s)') ? 'continued' : undefined;
}

/** Of siginfo as waitid gives it: the child, and "CLD_EXITED 0", "CLD_KILLED SIGTERM". */
export function childWords(siginfo: string): { readonly pid: number; readonly shown: string } | undefined {
  const fields = fieldsOf(siginfo);
  const pid = Number(fields.get('si_pid'));
  const [code, status] = [fields.get('si_code'), fields.get('si_status')];
  if (!(pid > 0) || code === undefined || status === undefined) return undefined;
  return { pid, shown: `${pid}, ${code} ${/^\d/.test(status) ? status : signalWord(status)}` };
}

/** "127.0.0.1:9877", "[::1]:9877", "/tmp/socket", "@abstract"; undefined for NULL and for families that have no such form. */
export function addressWords(structure: string): string | undefined {
  const fields = fieldsOf(structure);
  const inner = (key: string): string => /\((.*)\)$/.exec(fields.get(key) ?? '')?.[1] ?? '';
  switch (fields.get('sa_family')) {
    case 'AF_INET':
      return `${inner('sin_addr').replaceAll('"', '')}:${inner('sin_port')}`;
    case 'AF_INET6':
      return `[${/inet_pton\(AF_INET6, "([^"]*)"/.exec(structure)?.[1] ?? ''}]:${inner('sin6_port')}`;
    case 'AF_UNIX':
    case 'AF_LOCAL':
      return /^(@?)"(.*)"$/
        .exec(fields.get('sun_path') ?? '')
        ?.slice(1)
        .join('');
    default:
      return undefined;
  }
}

export interface Action {
  /** "handler, SA_RESTART" or "SIG_IGN, 0". */
  readonly shown: string;
  readonly handler: HandlerSet;
}

/** What sigaction sets; undefined where it only asks. strace before 4.21 has the fields without their names. */
export function actionOf(structure: string): Action | undefined {
  if (!structure.startsWith('{')) return undefined;
  const fields = fieldsOf(structure);
  const [first = '', second = '', third = ''] = scanArguments(`${structure.slice(1, -1)})`).args;
  const handler = fields.get('sa_handler') ?? fields.get('sa_sigaction') ?? first;
  const mask = maskWords(fields.get('sa_mask') ?? second);
  const all = (fields.get('sa_flags') ?? third).split('|');
  // The C library's own: where its return from the handler is.
  const flags = all.filter((flag) => flag !== 'SA_RESTORER' && flag !== '0').join('|');
  const isHandler = !handler.startsWith('SIG_');
  const blocked = mask === '{}' || mask === '' ? '' : `, ${mask}`;
  const shown = `${isHandler ? 'handler' : handler}, ${flags === '' ? '0' : flags}${blocked}`;
  const once = /\bSA_(?:RESETHAND|ONESHOT)\b/.test(flags) ? 'once' : 'set';
  return { shown, handler: isHandler ? once : 'none' };
}

/** Characters of an argument: a structure may have hundreds of fields. */
const MOST_SHOWN = 64;

/** Any argument, without what -y says and without comments, and short. */
export function plainWords(argument: string): string {
  const text = stripped(withoutDecoration(argument));
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}...` : text;
}
