export { AgentClient } from './agent-client.ts'
export type * from './agent-types.ts'
export type { Clocks } from './clocks.ts'
export {
  ActionFailure,
  AgentStoppedError,
  HoldpointError,
  OutcomeUnknownError,
  RunHeldError,
  RunSupersededError,
  type StopCause,
} from './errors.ts'
export type { Logger } from './logger.ts'
