/** Packages that work in other threads of Node, and one that writes a file by streams. */
import { join } from 'node:path';
import { type Subject, same, written } from './subject';

interface Pool {
  run(value: number): Promise<number>;
  destroy(): Promise<void>;
}

export const piscina: Subject = (load) => {
  const { Piscina } = load('piscina') as { Piscina: new (options: object) => Pool };
  const pool = new Piscina({ filename: join(__dirname, 'doubled.js'), maxThreads: 2 });
  return { parent: async () => same(await pool.run(21), 42), end: () => pool.destroy() };
};

interface Log {
  info(text: string): void;
}

/** With a transport it writes from a thread of its own. */
export const pino: Subject = (load, directory) => {
  const make = load('pino') as ((transport: unknown) => Log) & { transport(options: object): { end(): void } };
  const file = join(directory, 'pino.log');
  const transport = make.transport({ target: 'pino/file', options: { destination: file } });
  const log = make(transport);
  let said = 0;
  return {
    async parent() {
      const text = `line ${++said} of ${process.pid}`;
      log.info(text);
      await written(file, text);
    },
    end: () => transport.end(),
  };
};

interface Winston {
  createLogger(options: object): Log & { end(): void };
  readonly transports: { readonly File: new (options: object) => unknown };
}

/** A write that is under way at the fork never ends in the child, and those behind it wait for it: a child has a logger of its own. */
export const winston: Subject = (load, directory) => {
  const { createLogger, transports } = load('winston') as Winston;
  const file = join(directory, 'winston.log');
  const logger = () => createLogger({ transports: [new transports.File({ filename: file })] });
  let said = 0;
  const say = async (log: Log): Promise<void> => {
    const text = `line ${++said} of ${process.pid}`;
    log.info(text);
    await written(file, text);
  };
  const log = logger();
  return { parent: () => say(log), child: () => say(logger()), end: () => log.end() };
};
