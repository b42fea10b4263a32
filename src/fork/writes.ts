/** process._getActiveRequests() of Node: requests under way, by the names of their classes. */
type ActiveRequests = { _getActiveRequests?: () => readonly object[] };

/** The names of the classes of Node's requests that are under way: "FSReqCallback", "GetAddrInfoReqWrap", "WriteWrap". */
export function requestsUnderWay(): string[] {
  const requests = (process as ActiveRequests)._getActiveRequests?.() ?? [];
  return requests.map((request) => request.constructor.name);
}

/** Writes to streams that Node has not heard the end of, the one among them in whose callback this is. */
export function writesUnderWay(): number {
  return requestsUnderWay().filter((name) => name === 'WriteWrap').length;
}
