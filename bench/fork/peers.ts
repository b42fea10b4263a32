import { compiledPeer, sourceOf, versionOf, Workshop } from '../support/workshop';

/** Those that are compared. */
export type PeerId = 'c' | 'python' | 'realfork' | 'spawnSync';

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

function cPeer(workshop: Workshop | undefined): Peer {
  const base = { id: 'c', name: 'C, -O2' } as const;
  if (workshop === undefined) return { ...base, skipped: 'no C compiler (cc)' };
  return { ...base, roundTrip: [workshop.compile('round-trip')], server: [workshop.compile('server')] };
}

function pythonPeer(): Peer {
  const version = versionOf(
    'python3',
    '-c',
    'import platform as p; print(p.python_implementation(), p.python_version())',
  );
  const base = { id: 'python', name: `${version ?? 'CPython'}, os.fork` } as const;
  if (version === undefined) return { ...base, skipped: 'no python3' };
  return {
    ...base,
    roundTrip: ['python3', sourceOf('round_trip.py')],
    server: ['python3', sourceOf('server.py')],
  };
}

const node = (peer: string): readonly string[] => [process.execPath, compiledPeer(peer)];

/** Finds out who is here, and compiles what has to be. */
export function findPeers(): Peers {
  const workshop = versionOf('cc', '--version') === undefined ? undefined : new Workshop();
  return {
    peers: [
      cPeer(workshop),
      pythonPeer(),
      { id: 'realfork', name: 'realfork', roundTrip: node('round-trip'), server: node('server') },
      { id: 'spawnSync', name: "child_process.spawnSync('/bin/true')", roundTrip: node('spawn-sync') },
    ],
    load: workshop?.compile('load'),
  };
}
