import { compiledPeer, sourceOf, versionOf, Workshop } from '../support/workshop';

/** Those that are compared. */
export type PeerId = 'c' | 'python' | 'python-of-system' | 'realfork' | 'spawnSync';

/** How the same work is done in one language. */
export interface Peer {
  readonly id: PeerId;
  readonly name: string;
  /** The programs round-trip and server, to be followed by their arguments. */
  readonly roundTrip?: readonly string[];
  readonly server?: readonly string[];
  /** Why it cannot be measured on this machine. */
  readonly skipped?: string;
}

export interface Peers {
  readonly peers: readonly Peer[];
  /** The clients of the servers; undefined where there is no C compiler to make it. */
  readonly load: string | undefined;
}

/** Builds of CPython differ by a factor of two in what a fork costs them. */
export const PYTHONS: readonly PeerId[] = ['python', 'python-of-system'];

function cPeer(workshop: Workshop | undefined): Peer {
  const base = { id: 'c', name: 'C, -O2' } as const;
  if (workshop === undefined) return { ...base, skipped: 'no C compiler (cc)' };
  return { ...base, roundTrip: [workshop.compile('round-trip')], server: [workshop.compile('server')] };
}

/** "/usr/bin/python3.11 CPython 3.11.2": what is really run, past all links and shims. */
const WHO_ARE_YOU =
  'import os, platform as p, sys; print(os.path.realpath(sys.executable), p.python_implementation(), p.python_version())';

/** The python3 that a user has, and the system's own where that is another one. */
function pythonPeers(): Peer[] {
  const found = new Map<string, string>();
  for (const command of ['python3', '/usr/bin/python3']) {
    const [program = '', ...version] = (versionOf(command, '-c', WHO_ARE_YOU) ?? '').split(' ');
    if (program !== '') found.set(program, version.join(' '));
  }
  if (found.size === 0) return [{ id: 'python', name: 'CPython, os.fork', skipped: 'no python3' }];
  return [...found].map(([program, version], index) => ({
    id: index === 0 ? 'python' : 'python-of-system',
    name: `${version}, os.fork${index === 0 ? '' : ` (${program})`}`,
    roundTrip: [program, sourceOf('round_trip.py')],
    server: [program, sourceOf('server.py')],
  }));
}

const node = (peer: string): readonly string[] => [process.execPath, compiledPeer(peer)];

/** Finds out who is here, and compiles what has to be. */
export function findPeers(): Peers {
  const workshop = versionOf('cc', '--version') === undefined ? undefined : new Workshop();
  return {
    peers: [
      cPeer(workshop),
      ...pythonPeers(),
      { id: 'realfork', name: 'realfork', roundTrip: node('round-trip'), server: node('server') },
      { id: 'spawnSync', name: "child_process.spawnSync('/bin/true')", roundTrip: node('spawn-sync') },
    ],
    load: workshop?.compile('load'),
  };
}
