/** createForkingServer with code of a program in it that is not as it should be: named by the argument. */
import { unlinkSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import {
  AF_INET,
  createForkingServer,
  registerAtFork,
  type ServerEvent,
  type Settings,
  type SocketServerOptions,
  textLog,
  write,
} from 'realfork';

const [guest = '', file = ''] = process.argv.slice(2);
const log = textLog(2, 'guest');
const listen = { family: AF_INET, address: '127.0.0.1', port: 0 } as const;
const rejected = (): never => Promise.reject(new Error('of a promise')) as never;

/** What signal-exit makes of process.emit and process.reallyExit, in its versions 3 and 4. */
function likeSignalExit(run: () => void): void {
  const emitter = { listeners: { exit: [run], afterExit: [] } };
  Object.assign(globalThis, { [Symbol.for('signal-exit emitter')]: emitter });
  const { emit } = process;
  const own = (event: string, ...args: unknown[]): boolean => {
    const isHeard = Reflect.apply(emit, process, [event, ...args]) as boolean;
    if (event === 'exit') for (const listener of emitter.listeners.exit) listener();
    return isHeard;
  };
  Object.assign(process, { emit: own });
}

const CleanUps: Readonly<Record<string, (run: () => void) => void>> = {
  exit: (run) => void process.on('exit', run),
  beforeExit: (run) => void process.on('beforeExit', run),
  'signal-exit': likeSignalExit,
};

function serve(more: Partial<SocketServerOptions> = {}): Promise<void> {
  return createForkingServer({ listen, log, onConnection: (socket) => void socket.end('hello'), ...more }).run();
}

const GUESTS: Readonly<Record<string, () => void>> = {
  'reload gives a promise': () => void serve({ reload: rejected }),
  'log gives a promise': () =>
    void serve({
      log(event: ServerEvent) {
        log(event);
        return event.event === 'reloaded' ? rejected() : undefined;
      },
      reload: (): Partial<Settings> => ({}),
    }),
  'a worker_thread': () => {
    const worker = new Worker('setInterval(() => {}, 1000)', { eval: true });
    worker.on('online', () => {
      worker.unref();
      createForkingServer({ listen, log, exec: 'printf hello' }).run();
    });
  },
  'exit comes back': () => {
    const doit = (connfd: number): void => {
      process.exit = (() => {}) as typeof process.exit;
      write(connfd, 'hello');
    };
    createForkingServer({ listen, log, doit }).run();
  },
  'hook throws': () => {
    let times = 0;
    registerAtFork({
      afterInParent() {
        if (times++ === 0) throw new Error('of a hook');
      },
    });
    void serve({ reload: () => ({}) });
  },
};

const { argv } = process;
if (guest === 'cleans up') {
  const [how = '', kind = ''] = argv.slice(4);
  const server = process.pid;
  CleanUps[how]?.(() => {
    if (process.pid !== server) unlinkSync(file);
  });
  if (kind === 'onConnection') void serve();
  else {
    const doit = (connfd: number): void => {
      process.on('exit', () => {});
      write(connfd, 'hello');
    };
    createForkingServer({ listen, log, doit }).run();
  }
} else if (guest === 'runs twice') {
  const server = createForkingServer({ listen, log, doit: (connfd) => void write(connfd, 'hello') });
  server.run();
  server.run();
} else GUESTS[guest]?.();
