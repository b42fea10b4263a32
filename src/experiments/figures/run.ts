import { join } from 'node:path';
import { observe } from '../../observe/observe';
import { type Pid, pidOf, signalProcess } from '../../signalling';
import { EchoClient } from '../client';
import { ObservedProgram, until } from '../observed-program';
import type { Fault } from './faults';
import { type Role, type Scene, sceneOf } from './scene';

/** One moment of a run, as it was observed. */
export interface Moment {
  readonly id: 'before-accept-returns' | 'after-accept' | 'after-fork' | 'after-closes' | 'afterwards';
  /** "Figure 4.14", of those that the book has. */
  readonly figure?: string;
  readonly caption: string;
  readonly scene: Scene;
}

export interface FiguresRun {
  readonly fault: Fault;
  readonly moments: readonly Moment[];
}

/** Before a run is killed, whatever it does. Milliseconds. */
const PATIENCE_MS = 60_000;

const PROGRAM = (name: string): string => join(__dirname, `${name}.js`);

class Run {
  readonly server: ObservedProgram;
  client: ObservedProgram | undefined;
  child: Pid | undefined;
  readonly moments: Moment[] = [];

  constructor(private readonly fault: Fault) {
    this.server = new ObservedProgram([PROGRAM('server'), fault], PATIENCE_MS);
  }

  /** Figure 4.14: the server is held in accept, so that the connection stays in the queue. */
  async beforeAcceptReturns(): Promise<void> {
    const { port } = await this.server.listening();
    await this.server.blockedInAccept(1);
    signalProcess(this.server.pid, 'SIGSTOP');
    await this.server.stopped();
    this.client = new ObservedProgram([PROGRAM('client'), String(port)], PATIENCE_MS, { stdin: 'pipe' });
    await this.client.blockedIn('read');
    this.take('before-accept-returns', 'Status of client/server before call to accept returns', 'Figure 4.14');
  }

  /** Figure 4.15. */
  async afterAccept(): Promise<void> {
    signalProcess(this.server.pid, 'SIGCONT');
    await this.server.log.waitFor((event) => event.kind === 'call' && event.call === 'accept');
    await this.server.stopped();
    this.take('after-accept', 'Status of client/server after return from accept', 'Figure 4.15');
  }

  /** Figure 4.16: parent and child are both held where fork has returned. */
  async afterFork(): Promise<void> {
    signalProcess(this.server.pid, 'SIGCONT');
    this.child = await this.server.child(1);
    await this.server.stopped();
    await this.server.stopped(this.child);
    this.take('after-fork', 'Status of client/server after fork returns', 'Figure 4.16');
  }

  /** Figure 4.17: nobody is held; the parent is blocked in its next accept, the child in read. */
  async afterCloses(): Promise<void> {
    const child = pidOf(this.child, 'the child of the server');
    signalProcess(child, 'SIGCONT');
    signalProcess(this.server.pid, 'SIGCONT');
    await this.server.blockedInAccept(2);
    await this.server.blockedIn('read', 1, child);
    const figure = this.fault === 'none' ? 'Figure 4.17' : undefined;
    this.take('after-closes', CLOSES[this.fault], figure);
  }

  /** What comes of the fault. */
  async afterwards(): Promise<void> {
    switch (this.fault) {
      case 'none':
        return;
      case 'parent-keeps-connfd': {
        this.client?.endInput();
        await this.server.ended(pidOf(this.child, 'the child of the server'));
        await this.client?.blockedIn('read', 2);
        await until(() => !this.isFinUnderWay());
        this.take(
          'afterwards',
          'The client has sent its FIN and the child has ended, but the client waits for an end of file that never comes',
        );
        return;
      }
      case 'child-keeps-listenfd': {
        const { port } = await this.server.listening();
        signalProcess(this.server.pid, 'SIGTERM');
        await this.server.hasExited();
        const late = await EchoClient.connect(port, '127.0.0.1');
        this.take(
          'afterwards',
          'The server has been ended, but its port still takes connections, which nobody accepts',
        );
        late.destroy();
      }
    }
  }

  /** The client's FIN is on its way: the kernel of the server may take its time to acknowledge it. */
  private isFinUnderWay(): boolean {
    const { openFiles } = observe(this.client?.pid ?? []);
    return openFiles.some(({ socket }) => socket?.state === 'FIN_WAIT1');
  }

  private take(id: Moment['id'], caption: string, figure?: string): void {
    const { server, client, child } = this;
    const roles = new Map<number, Role>([[server.pid, child === undefined ? 'server' : 'parent']]);
    if (child !== undefined) roles.set(child, 'child');
    if (client !== undefined) roles.set(client.pid, 'client');
    const scene = sceneOf(observe([...roles.keys()]), roles);
    this.moments.push({ id, ...(figure === undefined ? {} : { figure }), caption, scene });
  }

  async stop(): Promise<void> {
    await this.client?.stop();
    await this.server.stop();
  }
}

const CLOSES: Readonly<Record<Fault, string>> = {
  none: 'Status of client/server after parent and child close appropriate sockets',
  'parent-keeps-connfd': 'As Figure 4.17, but the parent does not close connfd',
  'child-keeps-listenfd': 'As Figure 4.17, but the child does not close listenfd',
};

/** Figure 4.13 with one client, from the call of accept to the closes and, with a fault, to what comes of it. */
export async function runFigures(fault: Fault): Promise<FiguresRun> {
  const run = new Run(fault);
  try {
    await run.beforeAcceptReturns();
    await run.afterAccept();
    await run.afterFork();
    await run.afterCloses();
    await run.afterwards();
    return { fault, moments: run.moments };
  } catch (error) {
    throw new Error(run.server.explain(error), { cause: error });
  } finally {
    await run.stop();
  }
}
