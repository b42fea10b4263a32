import type { Box, Drawing, Label, Wire } from '../../drawing/drawing';
import { lanesWidth, route } from '../../drawing/wiring';
import type { Moment } from './run';
import type { Role, Scene, SceneProcess, SceneSocket } from './scene';

/** Client on the left, the server's sockets in the middle, its processes on the right. */

const ROLES: Readonly<Record<Role, string>> = {
  client: 'client',
  server: 'server',
  parent: 'server (parent)',
  child: 'server (child)',
};

/** A box with its lines, before it has a place. */
interface Card {
  readonly kind: Box['kind'];
  readonly title: string;
  readonly lines: readonly string[];
}

interface Placed {
  readonly card: Card;
  readonly box: Box;
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

const INSIDE = 4; // a border and a blank on either side

function widthOf(cards: readonly Card[]): number {
  return Math.max(...cards.flatMap(({ title, lines }) => [title, ...lines]).map((line) => line.length)) + INSIDE;
}

function socketCard(socket: SceneSocket): Card {
  return {
    kind: 'socket',
    title: socket.isListening ? 'listening socket' : 'connected socket',
    lines: [
      socket.local,
      ...(socket.peer === undefined ? [] : [`to ${socket.peer}`]),
      ...(socket.state === undefined ? [] : [socket.state]),
      ...(socket.queued === undefined ? [] : [`${socket.queued} queued`]),
      counted(socket.references, 'reference'),
    ],
  };
}

function processCard(process: SceneProcess): Card {
  const names = process.descriptors.map(({ name, fd }) => `${name} ${fd}`);
  const isZombie = process.doing === 'zombie';
  return {
    kind: isZombie ? 'zombie' : 'process',
    title: ROLES[process.role],
    lines: [`pid ${process.pid}`, process.doing, ...(names.length === 0 ? ['no descriptor'] : names)],
  };
}

function clientCard(client: SceneProcess, socket: SceneSocket | undefined): Card {
  const { title, kind, lines } = processCard(client);
  return {
    kind,
    title,
    lines: [
      ...lines,
      ...(socket === undefined ? [] : [socket.local]),
      ...(socket?.state === undefined ? [] : [socket.state]),
    ],
  };
}

/** One below the other, with room for a title above each. */
function place(cards: readonly Card[], x: number, width: number): Placed[] {
  let y = 1;
  return cards.map((card) => {
    const box = { kind: card.kind, x, y, width, height: card.lines.length + 2 };
    y += box.height + 1;
    return { card, box };
  });
}

function labelsOf({ card, box }: Placed): Label[] {
  return [
    { x: box.x + 1, y: box.y - 1, text: card.title, isStrong: true },
    ...card.lines.map((text, index) => ({ x: box.x + 2, y: box.y + 1 + index, text })),
  ];
}

const rowsOf = ({ box }: Placed): number[] => Array.from({ length: box.height - 2 }, (_, index) => box.y + 1 + index);

/** The row of a descriptor in its process's box: below the pid and what it does. */
const rowOf = ({ box }: Placed, index: number): number => box.y + 3 + index;

interface Scenery {
  readonly client: SceneProcess | undefined;
  readonly clientSocket: SceneSocket | undefined;
  readonly servers: readonly SceneProcess[];
  readonly sockets: readonly SceneSocket[];
}

function arrange({ processes, sockets }: Scene): Scenery {
  const client = processes.find(({ role }) => role === 'client');
  const ids = new Set(client?.descriptors.map(({ socket }) => socket));
  return {
    client,
    clientSocket: sockets.find(({ id }) => ids.has(id)),
    servers: processes.filter(({ role }) => role !== 'client'),
    sockets: sockets.filter(({ id }) => !ids.has(id)).sort((a, b) => Number(b.isListening) - Number(a.isListening)),
  };
}

/** Between the client and what it is connected to. */
const GAP = 4;

/** The client's connection: to the socket at its other end, or to the queue of the one that listens. */
function connection(client: Placed | undefined, target: Placed | undefined): Wire[] {
  if (client === undefined || target === undefined) return [];
  const [from, to] = [client.box.x + client.box.width - 1, target.box.x];
  const row = rowOf(client, 0);
  const end = rowsOf(target).includes(row) ? row : (rowsOf(target)[0] ?? row);
  const middle = from + GAP / 2;
  const corners =
    row === end
      ? []
      : [
          { x: middle, y: row },
          { x: middle, y: end },
        ];
  return [{ kind: 'connection', points: [{ x: from, y: row }, ...corners, { x: to, y: end }] }];
}

function descriptorWires(servers: readonly Placed[], sockets: readonly Placed[], scenery: Scenery): Wire[] {
  const ends = scenery.servers.flatMap((process, index) =>
    process.descriptors.flatMap(({ socket }, row) => {
      const [server, target] = [servers[index], sockets[scenery.sockets.findIndex(({ id }) => id === socket)]];
      return server === undefined || target === undefined ? [] : [{ server, target, right: rowOf(server, row) }];
    }),
  );
  const [first] = ends;
  if (first === undefined) return [];
  const [from, to] = [first.target.box.x + first.target.box.width - 1, first.server.box.x];
  const wanted = ends.map(({ target, right }) => ({ right, left: rowsOf(target) }));
  return route(wanted, from, to).map((points) => ({ kind: 'descriptor', points }));
}

/** The figure of one moment. */
export function drawMoment({ scene }: Moment): Drawing {
  const scenery = arrange(scene);
  const { client, clientSocket, sockets, servers } = scenery;
  const clientCards = client === undefined ? [] : [clientCard(client, clientSocket)];
  const socketCards = sockets.map(socketCard);
  const serverCards = servers.map(processCard);
  const wires = servers.reduce((sum, { descriptors }) => sum + descriptors.length, 0);

  const clientWidth = client === undefined ? 0 : widthOf(clientCards);
  const socketX = clientWidth + (client === undefined ? 0 : GAP);
  const socketWidth = widthOf(socketCards);
  const serverX = socketX + socketWidth + lanesWidth(wires);
  const serverWidth = widthOf(serverCards);

  const placedSockets = place(socketCards, socketX, socketWidth);
  const placedServers = place(serverCards, serverX, serverWidth);
  const reached = sockets.findIndex(({ peer }) => peer !== undefined && peer === clientSocket?.local);
  const target = placedSockets[reached === -1 ? 0 : reached];
  // Level with what it is connected to.
  const placedClient = place(clientCards, 0, clientWidth).map(({ card, box }) => ({
    card,
    box: { ...box, y: target?.box.y ?? box.y },
  }));

  const all = [...placedClient, ...placedSockets, ...placedServers];
  return {
    width: serverX + serverWidth,
    height: Math.max(...all.map(({ box }) => box.y + box.height)),
    boxes: all.map(({ box }) => box),
    wires: [...connection(placedClient[0], target), ...descriptorWires(placedServers, placedSockets, scenery)],
    labels: all.flatMap(labelsOf),
  };
}
