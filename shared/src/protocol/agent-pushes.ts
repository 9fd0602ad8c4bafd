import type { AgentState } from '../agent-machine.ts'
import type {
  ApprovalView,
  AutonomyView,
  InstructionView,
  OrderView,
  TicketView,
  Timestamp,
} from './views.ts'

/** One thing an agent is told. A push without items says that the state changed. */
export type PushItem =
  | { readonly type: 'approval.settled'; readonly data: ApprovalView }
  | { readonly type: 'question.settled'; readonly data: TicketView }
  | { readonly type: 'ticket.settled'; readonly data: TicketView }
  | { readonly type: 'instruction'; readonly data: InstructionView }
  | { readonly type: 'autonomy.changed'; readonly data: AutonomyView }
  | { readonly type: 'run.superseded'; readonly data: { readonly epoch: string } }

/** `seq` is dense per agent: a gap makes the client ask for what it missed. */
export interface Push {
  readonly seq: number
  readonly at: Timestamp
  readonly state: AgentState
  readonly items: readonly PushItem[]
  /** Of a push that says `stopped`, where a person did it. */
  readonly stopped?: StopWords | undefined
}

/** Who stopped an agent, and why. */
export interface StopWords {
  readonly by: string
  readonly reason?: string | undefined
}

/** `ana stopped this agent: “looks wrong”.` */
export const stopSentence = ({ by, reason }: StopWords): string =>
  reason === undefined ? `${by} stopped this agent.` : `${by} stopped this agent: “${reason}”.`

/** Broadcast outside `seq`: a standing order was placed or lifted (AG7). The agent halts first and asks then. */
export type OrderNotice = Pick<OrderView, 'id' | 'effect' | 'selector' | 'by' | 'reason'> & {
  readonly lifted: boolean
}

export interface Draining {
  readonly reconnectAfterMs: number
}
