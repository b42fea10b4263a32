import { AF_INET, AF_UNIX, EPERM, SIGINT, SIGKILL, SIGPIPE, SIGURG, SOCK_STREAM } from 'realfork';
import { findCommand } from '#src/find-command.js';
import type { FreebsdObservation, KinfoDescriptor, KinfoOpenFile, KinfoProcess } from '#src/native.js';
import { observeFreebsd } from '#src/observe/freebsd/observe.js';
import { CLI } from './support/cli';
import { NativeLibraries } from './support/native-libraries';
import { runCommand } from './support/run-program';
import { testWhere } from './support/systems';

/**
 * What is for FreeBSD and can be tried elsewhere. The objects are written as native/observe_freebsd.cc makes them of the
 * structures of <sys/user.h> and <sys/file.h>: by source, as nobody has run this on FreeBSD yet.
 */

const kinfo = (process: Partial<KinfoProcess> & { readonly pid: number }): KinfoProcess => ({
  ...{ ppid: 1, state: 'S', name: 'node', threads: 1, waitsFor: 'accept' },
  ...{ pending: [], blocked: [], ignored: [], caught: [], ...process },
});

interface Descriptor extends KinfoDescriptor {
  /** Of struct xfile. */
  readonly file: string;
  readonly references: number;
}

/** What the kernel tells of these processes: undefined descriptors are not for this user. */
function system(of: readonly [KinfoProcess, readonly Descriptor[] | undefined][]): FreebsdObservation {
  return {
    processes: () => of.map(([process]) => process),
    descriptors: (pid) => of.find(([process]) => process.pid === pid)?.[1]?.map((one) => one) ?? -EPERM,
    openFiles: () =>
      of.flatMap(([{ pid }, descriptors = []]) =>
        descriptors.map(({ fd, file, references }): KinfoOpenFile => ({ pid, fd, file, references })),
      ),
  };
}

const plain = { path: '', nonBlocking: false, append: false } as const;
const listener = { ...plain, kind: 'socket', domain: AF_INET, type: SOCK_STREAM } as const;
const local = { family: AF_INET, address: '127.0.0.1', port: 9877 };

test('a zombie has no descriptors, and none are asked for', () => {
  const zombie = kinfo({ pid: 4713, ppid: 4711, state: 'Z', waitsFor: '' });
  const told = {
    ...system([
      [kinfo({ pid: 4711 }), []],
      [zombie, undefined],
    ]),
    descriptors: (): number => -EPERM,
  };
  expect(observeFreebsd([4713], told).processes).toEqual([
    expect.objectContaining({ pid: 4713, ppid: 4711, state: 'zombie', descriptors: [] }),
  ]);
});

test('threads are counted, and what the first waits for is told', () => {
  const { processes } = observeFreebsd([4711], system([[kinfo({ pid: 4711, threads: 11 }), []]]));
  expect(processes).toEqual([expect.objectContaining({ threads: 11, waitsFor: 'accept', state: 'sleeping' })]);
});

test('a socket that parent and child share is one open file with two holders', () => {
  const shared = { ...listener, local, file: '18446735281913' };
  const { openFiles } = observeFreebsd(
    [4711],
    system([
      [kinfo({ pid: 4711 }), [{ ...shared, fd: 20, references: 3 }]],
      [kinfo({ pid: 4713, ppid: 4711 }), [{ ...shared, fd: 20, references: 3 }]],
    ]),
  );
  expect(openFiles).toEqual([
    {
      ...{ id: 0, kind: 'socket', name: 'socket', references: 3, socket: { protocol: 'tcp', local } },
      holders: [
        { pid: 4711, fd: 20 },
        { pid: 4713, fd: 20 },
      ],
    },
  ]);
});

test('the two ends of a Unix pair know each other; one whose other end is nowhere to be seen has none', () => {
  const end = { ...plain, kind: 'socket', domain: AF_UNIX, type: SOCK_STREAM, references: 1 } as const;
  const { openFiles } = observeFreebsd(
    [4711],
    system([
      [
        kinfo({ pid: 4711 }),
        [
          { ...end, fd: 5, file: '1', end: '101', otherEnd: '102' },
          { ...end, fd: 6, file: '2', end: '102', otherEnd: '101' },
          { ...end, fd: 7, file: '3', end: '103', otherEnd: '900' },
          { ...end, fd: 8, file: '4', end: '104', otherEnd: '0' },
        ],
      ],
    ]),
  );
  expect(openFiles.map(({ socket }) => socket?.peerFile)).toEqual([1, 0, undefined, undefined]);
});

test('a process whose descriptors are not for this user has none told; one that is hidden is not there', () => {
  const { processes } = observeFreebsd([4711, 4999], system([[kinfo({ pid: 4711 }), undefined]]));
  expect(processes.map(({ pid, descriptors }) => [pid, descriptors])).toEqual([[4711, undefined]]);
});

test('of this process what is ignored by default is not said to be ignored; of others the kernel does not tell', () => {
  const ignored = [SIGURG, SIGPIPE];
  const own = kinfo({ pid: process.pid, ignored, caught: [SIGINT, SIGKILL] });
  const told = system([
    [own, []],
    [kinfo({ pid: 1, ppid: 0, ignored }), []],
  ]);
  const [here] = observeFreebsd([process.pid], told).processes;
  // Node ignores SIGPIPE, and has a handler on SIGINT.
  expect(here?.signals).toMatchObject({ ignored: ['SIGPIPE'], caught: ['SIGINT'] });
  const [init] = observeFreebsd([1], told).processes;
  expect(init?.signals?.ignored).toEqual(['SIGURG', 'SIGPIPE']);
});

const libraries = new NativeLibraries();
afterAll(() => libraries.remove());

/** What it is that Node has, where a program may not close it; null: it may. */
async function ownersByFd(program: string): Promise<Readonly<Record<string, Record<number, string | null>>>> {
  const { status, stdout, stderr } = await runCommand(program, []);
  expect([status, stderr]).toEqual([0, '']);
  const owners: Record<string, Record<number, string | null>> = {};
  for (const [, when = '', fd, owner = '-'] of stdout.matchAll(/^(\w+) (\d+) (.*)$/gm)) {
    owners[when] = {
      ...owners[when],
      [Number(fd)]: owner === '-' ? null : (/kqueue|pipe|number/.exec(owner)?.[0] ?? owner),
    };
  }
  return owners;
}

testWhere(findCommand('c++') !== undefined, 'there is no C++ compiler (c++)')(
  'Node\'s own are the kqueues, the pipes with both ends here, and "/" of each loop that was there at the load',
  async () => {
    const sources = ['own_descriptors.cc', 'own_descriptors_freebsd.cc'];
    const program = libraries.compileAsElsewhere('own-descriptors-of-freebsd', sources);
    const mainLoop = { 4: 'kqueue', 5: 'pipe', 6: 'pipe', 7: 'number' };
    const lockOfSignals = { 10: 'pipe', 11: 'pipe' };
    // 3: "/" of the parent process; 12: one end of a pipe; 13, 14: other directories, not closed on exec.
    const ofProgram = { 3: null, 12: null, 13: null, 14: null };
    expect(await ownersByFd(program)).toEqual({
      loaded: { ...mainLoop, 8: 'kqueue', 9: 'number', ...lockOfSignals, ...ofProgram },
      later: { ...mainLoop, 8: 'kqueue', 9: null, ...lockOfSignals, ...ofProgram, 15: null },
    });
  },
);

const ELSEWHERE = 'data:text/javascript,Object.defineProperty(process,"platform",{value:"freebsd"})';

test.each([[[]], [['check', '01']]])('realfork lab %j refuses with one line where there is no /proc', async (args) => {
  const { status, stdout, stderr } = await runCommand(process.execPath, ['--import', ELSEWHERE, CLI, 'lab', ...args]);
  expect([status, stdout, stderr]).toEqual([
    ...[1, '', 'realfork: the labs are for Linux only, as their grader looks into /proc; this is freebsd\n'],
  ]);
});
