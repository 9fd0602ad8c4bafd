/**
 * The parts of a node, for the deterministic simulation, which puts them between sockets and a store of its own, and for tests
 * of the store on a disk that fails.
 * None of this is an interface to build on.
 */
export { eventView } from './api/fresh-views.ts'
export type { Desk, Line, Reply } from './api/line.ts'
export type { Principal } from './auth/principal.ts'
export { explain } from './commands/in-time.ts'
export { type AgentDocument, readAgentDocument } from './domain/agent-document.ts'
export type { OrdersDocument } from './domain/orders.ts'
export { agentFacts } from './domain/views.ts'
export { type Node, startNode } from './node.ts'
export { type Disk, systemDisk } from './store/embedded/disk.ts'
export { storeClock } from './store/embedded/store-clock.ts'
export { chainHash, dataDigestOf } from './store/hash-chain.ts'
export { storeTime } from './store/redis/time.ts'
export { OutcomeUnknown, StoreUnavailable } from './store/store.ts'
export type { Bus } from './subscriptions/ports.ts'
