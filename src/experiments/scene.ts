import { join } from 'node:path';
import type { Event, Sink } from '../observe/events';
import { ObservedProgram } from './observed-program';
import { ServerProcess } from './server-process';

const RUN_PROGRAM = join(__dirname, 'run-program.js');
/** After this a program and all its children are killed, whatever they do. Milliseconds. */
const PATIENCE_MS = 180_000;

/** The processes of one row of an experiment, all of which end with it. */
export class Scene {
  private readonly programs: ObservedProgram[] = [];
  private readonly ofClients: Event[] = [];

  constructor(private readonly experiment: string) {}

  /** One of the experiment's programs, in a process group of its own. Its standard input is open until endInput(). */
  start(program: string, ...args: string[]): ObservedProgram {
    return this.add(
      new ObservedProgram([RUN_PROGRAM, this.experiment, program, ...args], PATIENCE_MS, { stdin: 'pipe' }),
    );
  }

  /** `realfork serve`. */
  serve(...args: string[]): ServerProcess {
    return this.add(new ServerProcess(args, PATIENCE_MS));
  }

  add<Kind extends ObservedProgram>(program: Kind): Kind {
    this.programs.push(program);
    return program;
  }

  /** For the clients, which are in this process. */
  readonly clientSink: Sink = (event) => {
    if (this.ofClients.length === 0) this.ofClients.push({ kind: 'role', t: event.t, pid: event.pid, role: 'clients' });
    this.ofClients.push(event);
  };

  /** Of all its processes, in the order of time. */
  get events(): Event[] {
    return [...this.ofClients, ...this.programs.flatMap(({ log }) => log.events)].sort((one, other) => one.t - other.t);
  }

  /** What the programs have to say of an error. */
  explain(error: unknown): Error {
    const said = this.programs.map((program) => program.explain('')).filter((text) => text !== '');
    const what = error instanceof Error ? error.message : String(error);
    return new Error(said.length === 0 ? what : `${what}${said.join('; ')}`, { cause: error });
  }

  /** Ends all of them. Then all events are there. */
  async stop(): Promise<void> {
    await Promise.all(this.programs.map((program) => program.stop().then(() => program.log.ended())));
  }
}
