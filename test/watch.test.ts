import type { Socket } from 'node:net';
import { AF_INET, SIGTERM } from 'realfork';
import { observe } from 'realfork/observe';
import type { Observation } from '#src/observe/types.js';
import { Rates } from '#src/watch/rates.js';
import { rowsOf } from '#src/watch/rows.js';
import { screenLines, tableLines } from '#src/watch/screen.js';
import { FIRST_VIEW, pressed, type View } from '#src/watch/view.js';
import { CLI, client, realfork, Server } from './support/cli';
import { isErrno } from './support/errors';
import { Tmux, testInTmux } from './support/tmux';

const LISTENER = { family: AF_INET, address: '127.0.0.1', port: 9877 };

const OBSERVATION: Observation = {
  processes: [
    {
      ...{ pid: 10, ppid: 1, state: 'sleeping', name: 'node', threads: 7 },
      blockedIn: { call: 'accept', fd: 3 },
      signals: { blocked: [], pending: [], ignored: ['SIGPIPE'], caught: ['SIGCHLD'] },
      descriptors: [
        { fd: 0, openFile: 1 },
        { fd: 3, openFile: 0 },
      ],
    },
    { pid: 11, ppid: 10, state: 'zombie', name: 'node', descriptors: [] },
    { pid: 12, ppid: 10, state: 'stopped', name: 'evil\u001b[2J', descriptors: [{ fd: 3, openFile: 0 }] },
  ],
  openFiles: [
    {
      ...{ id: 0, kind: 'socket', name: 'socket:[7]' },
      holders: [
        { pid: 10, fd: 3 },
        { pid: 12, fd: 3 },
      ],
      socket: { protocol: 'tcp', state: 'LISTEN', local: LISTENER, queued: 2 },
    },
    { id: 1, kind: 'file', name: '/tmp/\u001b[31mred', holders: [{ pid: 10, fd: 0 }] },
  ],
};

describe('the screen', () => {
  const rows = rowsOf(OBSERVATION, 'tree');
  const texts = (view: View, columns = 100, height = 24): string[] =>
    screenLines({ title: '10', rows }, view, { columns, rows: height }).map(({ text }) => text);

  test('a line for each process, children indented, zombies marked', () => {
    expect(texts(FIRST_VIEW)).toEqual([
      'realfork watch 10  3 processes  1 zombie  1 socket',
      'PID   STATE     BLOCKED IN  FDS  SOCKETS',
      '10    sleeping  accept(3)   2    tcp LISTEN 127.0.0.1:9877, 2 queued',
      '  11  ZOMBIE                0',
      '  12  stopped               1    tcp LISTEN 127.0.0.1:9877, 2 queued',
      'up/down select  enter expand  s sort (tree)  x signal  q quit',
    ]);
  });

  test('a process that is expanded: signals, descriptors and how many refer to the same; sockets first', () => {
    expect(texts({ ...FIRST_VIEW, expanded: new Set([10]) }).slice(3, 8)).toEqual([
      '    threads  7',
      '    signals  ignored: SIGPIPE; caught: SIGCHLD',
      '             blocked: none; pending: none',
      '    fd 3     tcp LISTEN 127.0.0.1:9877, 2 queued, held by 2 descriptors',
      '    fd 0     /tmp/?[31mred, held by 1 descriptor',
    ]);
  });

  test('names with control characters do not reach the terminal', () => {
    const shown = [...texts({ ...FIRST_VIEW, expanded: new Set([10, 12]) }), ...tableLines(rows)].join('');
    expect([...shown].filter((character) => character < ' ')).toEqual([]);
  });

  test.each([
    [20, 4],
    [10, 3],
    [5, 2],
    [1, 1],
  ])(
    '%i columns and %i rows: no line too many, none too long, and the selected process among them',
    (columns, height) => {
      const view = { ...FIRST_VIEW, selected: 12, expanded: new Set([10, 12]) };
      const lines = screenLines({ title: '10', rows }, view, { columns, rows: height });
      expect(lines.length).toBeLessThanOrEqual(height);
      expect(Math.max(...lines.map(({ text }) => text.length))).toBeLessThanOrEqual(columns);
      expect(lines.some(({ tone }) => tone === 'selected')).toBe(true);
    },
  );

  test('sorted by state zombies come first, by descriptors those with most', () => {
    expect(rowsOf(OBSERVATION, 'state').map(({ pid }) => pid)).toEqual([11, 12, 10]);
    expect(rowsOf(OBSERVATION, 'descriptors').map(({ pid }) => pid)).toEqual([10, 12, 11]);
  });
});

describe('keys', () => {
  const rows = rowsOf(OBSERVATION, 'tree');
  const typed = (...keys: string[]): View => keys.reduce((view, key) => pressed(view, rows, key).view, FIRST_VIEW);

  test('up and down stay in the list; enter expands and closes', () => {
    expect(typed('down').selected).toBe(11);
    expect(typed('down', 'down', 'down', 'up').selected).toBe(11);
    expect(typed('up').selected).toBe(10);
    expect([...typed('down', 'return').expanded]).toEqual([11]);
    expect([...typed('down', 'return', 'return').expanded]).toEqual([]);
    expect(typed('s').sort).toBe('state');
    expect(typed('s', 's', 's').sort).toBe('tree');
  });

  test('x and a letter: a signal to the selected process; x and anything else: none', () => {
    const asking = typed('down', 'x');
    expect(asking.isAskingSignal).toBe(true);
    expect(pressed(asking, rows, 't').action).toEqual({ kind: 'signal', pid: 11, signo: SIGTERM });
    const none = pressed(asking, rows, 'q');
    expect([none.action, none.view.isAskingSignal, none.view.message]).toEqual([undefined, false, 'no signal sent']);
  });

  test('q and Ctrl-C leave, also where there is no process to select', () => {
    expect(pressed(FIRST_VIEW, [], 'q').action).toEqual({ kind: 'quit' });
    expect(pressed({ ...FIRST_VIEW, isAskingSignal: true }, [], 'C-c').action).toEqual({ kind: 'quit' });
    for (const key of ['up', 'down', 'return', 'x']) expect(pressed(FIRST_VIEW, [], key).action).toBeUndefined();
  });
});

test('counts: forks, reaped, EINTR, and calls that went on after a handler, whether they have returned or not', () => {
  const rates = new Rates();
  const base = { t: 0, pid: 10 };
  const handler = (): void => {
    rates.add({ ...base, kind: 'enter', call: 'accept', args: '3' });
    rates.add({ ...base, kind: 'signal', signal: 'SIGCHLD', phase: 'handler' });
    rates.add({ ...base, kind: 'enter', call: 'waitpid', args: '-1' });
    rates.add({ ...base, kind: 'call', call: 'waitpid', args: '-1', result: 11, shown: '11' });
    rates.add({ ...base, kind: 'signal', signal: 'SIGCHLD', phase: 'return' });
  };
  rates.add({ ...base, kind: 'call', call: 'fork', args: '', result: 11, shown: '11' });
  rates.add({ ...base, pid: 11, kind: 'call', call: 'fork', args: '', result: 0, shown: '0' });
  handler();
  rates.add({ ...base, kind: 'call', call: 'accept', args: '3', result: -1, shown: '-1', errno: 'EINTR' });
  handler();
  rates.add({ ...base, kind: 'call', call: 'accept', args: '3', result: 4, shown: '4' });
  handler();
  expect(rates.count(2)).toEqual({
    forks: { total: 1, perSecond: 0.5 },
    reaped: { total: 3, perSecond: 1.5 },
    EINTR: { total: 1, perSecond: 0.5 },
    'went on': { total: 1, perSecond: 0.5 },
  });
  expect(rates.count(1)['went on']).toEqual({ total: 2, perSecond: 1 }); // it still has not returned
  expect(rates.count(1)['went on']).toEqual({ total: 2, perSecond: 0 });
});

describe('realfork watch', () => {
  test('without a terminal: lines, or with --json all of it', async () => {
    const server = new Server(['--port', '0']);
    try {
      const where = await server.listening();
      await server.blockedInAccept();
      const pid = String(await server.pid());
      const lines = await realfork(['watch', pid]);
      expect([lines.status, lines.stderr]).toEqual([0, '']);
      expect(lines.stdout).toContain(`LISTEN 127.0.0.1:${'port' in where ? where.port : ''}, 0 queued`);
      const json = await realfork(['watch', '--json', pid]);
      const { processes } = JSON.parse(json.stdout) as Observation;
      expect(processes.map((one) => [one.pid, one.command?.includes('serve')])).toEqual([[Number(pid), true]]);
    } finally {
      await server.started.kill();
    }
  });

  test.each([
    [['watch', '4194305'], /^realfork: there is no process 4194305\n$/],
    [['watch', 'nobody'], /pid of a process, or a server to start: figure-4\.11/],
    [['watch', '1', '--interval', '0'], /at least 0\.1 seconds/],
    [['watch', 'figure-4.13'], /^realfork: a server is started for a terminal only[^\n]*\n$/],
  ])('%j: one line that says what is wrong', async (args, said) => {
    const run = await realfork(args);
    expect([run.status === 0, run.stdout]).toEqual([false, '']);
    expect(run.stderr).toMatch(said);
  });

  function isAlive(pid: number): boolean {
    try {
      return process.kill(pid, 0);
    } catch (error) {
      if (isErrno(error, 'ESRCH')) return false;
      throw error;
    }
  }

  testInTmux(
    'on a terminal: shows a server and its child, expands it, signals it, follows the size, and leaves all as it was',
    async () => {
      const terminal = new Tmux();
      const sockets: Socket[] = [];
      try {
        await terminal.ready('ready>');
        terminal.press('stty -g; echo earlier', 'Enter');
        const [, before] = await terminal.shows(/^([0-9a-f:]{20,})\n(?:.*\n)*?ready>$/m);
        terminal.press(
          `${process.execPath} ${CLI} watch figure-4.13 -i 0.1 -- --port 0 --sigchld handler --sa-restart`,
          'Enter',
        );
        const [, pid, port] = await terminal.shows(
          /^(\d+) +sleeping +accept\(\d+\).*LISTEN 127\.0\.0\.1:(\d+), 0 queued$/m,
        );
        expect(terminal.screen).not.toContain('earlier');
        for (let number = 0; number < 2; ++number) {
          const socket = await client({ host: '127.0.0.1', port: Number(port) });
          socket.on('error', () => {}); // its child is about to be killed
          sockets.push(socket);
        }
        // The first child is the one below the server, whichever of the two comes to read first.
        const [, child] = await terminal.shows(
          /3 processes {2}0 zombies(?:.*\n)+\d+ .*\n {2}(\d+) +sleeping +read\(\d+\) +\d+ +tcp ESTABLISHED.*\n {2}\d+ +sleeping +read/,
        );
        expect(observe(Number(pid)).processes.map(({ ppid }) => ppid === Number(pid))).toEqual([false, true, true]);

        terminal.press('Down', 'Enter');
        await terminal.shows(/^ {4}command {2}\S/m);
        await terminal.shows(/^ {4}fd \d+ +tcp ESTABLISHED.*held by 1 descriptor$/m);
        terminal.press('x');
        await terminal.shows(new RegExp(`^signal to ${child}: t TERM`, 'm'));
        terminal.press('t');
        await terminal.shows(new RegExp(`kill\\(${child}, SIGTERM\\)`));
        await terminal.shows(/2 processes {2}0 zombies/); // the handler has reaped it
        await terminal.shows(/forks 2 .*reaped 1 .*EINTR 0 .*went on 1 /);

        terminal.resize(40, 4);
        await terminal.shows(/^\d+ +sleeping +accept.*\n(.*\n){2}/m);
        terminal.resize(100, 24);
        await terminal.shows(/^realfork watch figure-4\.13 {2}2 processes/m);

        terminal.press('q');
        await terminal.shows(/earlier\n[\s\S]*sa-restart\nready>/); // and below it the prompt that comes after
        expect(isAlive(Number(pid))).toBe(false);
        terminal.press('clear; stty -g', 'Enter');
        const [, after] = await terminal.shows(/^([0-9a-f:]{20,})\nready>/m);
        expect(after).toBe(before);
      } finally {
        for (const socket of sockets) socket.destroy();
        terminal.close();
      }
    },
  );

  testInTmux('a server that is killed: said, status 1', async () => {
    const terminal = new Tmux();
    try {
      await terminal.ready('ready>');
      terminal.press(`${process.execPath} ${CLI} watch figure-4.13 -i 0.1 -- --port 0; echo status $?`, 'Enter');
      const [, pid] = await terminal.shows(/^(\d+) +sleeping +accept/m);
      process.kill(Number(pid), 'SIGKILL');
      await terminal.shows(/^realfork: the server has ended.*\nstatus 1$/m);
    } finally {
      terminal.close();
    }
  });
});
