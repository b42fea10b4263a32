/** `realfork/observe`: what processes look like from outside. */
export { observe } from './observe';
export { childrenOf, findProcess } from './processes';
export type {
  BlockedIn,
  FileKind,
  Holder,
  Observation,
  ObservedDescriptor,
  ObservedProcess,
  ObservedSocket,
  ObserveOptions,
  OpenFile,
  OpenFlags,
  ProcessState,
  ProcessView,
  SignalSets,
} from './types';
