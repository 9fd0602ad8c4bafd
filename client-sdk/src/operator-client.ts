import type {
  ApprovalDetail,
  ApprovalView,
  EventView,
  OrderView,
  Policy,
  TicketView,
} from '@holdpoint/shared'
import type {
  AgentDetail,
  AgentFilter,
  AgentPage,
  ApprovalFilter,
  ApproveOptions,
  CallOptions,
  Change,
  CommandOptions,
  ConnectionStatus,
  DisplayedApproval,
  EventPage,
  HistoryQuery,
  Intervention,
  OperatorClientOptions,
  ReplicaView,
  Resolution,
  TargetInput,
  TicketFilter,
} from './operator-types.ts'

const soon = (): never => {
  throw new Error('not implemented yet')
}

/** A console's connection: a live replica and the operators' requests. Runs in browsers. */
export class OperatorClient {
  readonly options: OperatorClientOptions
  constructor(options: OperatorClientOptions) {
    this.options = options
  }

  get replica(): ReplicaView {
    return soon()
  }
  get connection(): ConnectionStatus {
    return soon()
  }
  /** The server's clock by our estimate, ms; for countdowns only (PR8). */
  serverNow(): number {
    return soon()
  }
  /** Connected and in sync. Errors: HoldpointError (`unauthenticated`, `forbidden`, …), the signal's reason. */
  ready(_options?: CallOptions): Promise<void> {
    return soon()
  }
  /** Told after the replica changed. Returns the unsubscribe. */
  onChange(_listener: (change: Change) => void): () => void {
    return soon()
  }
  /** Every event from now on, in order, once. */
  events(): AsyncIterableIterator<EventView> {
    return soon()
  }

  approve(_displayed: DisplayedApproval, _options?: ApproveOptions): Promise<ApprovalView> {
    return soon()
  }
  deny(_displayed: DisplayedApproval, _reason: string, _options?: CommandOptions): Promise<ApprovalView> {
    return soon()
  }
  /** A message instead of running it (AP4). */
  respond(_displayed: DisplayedApproval, _message: string, _options?: CommandOptions): Promise<ApprovalView> {
    return soon()
  }
  pause(_target: TargetInput, _reason: string, _options?: CommandOptions): Promise<Intervention> {
    return soon()
  }
  resume(_target: TargetInput, _reason?: string, _options?: CommandOptions): Promise<Intervention> {
    return soon()
  }
  stop(_target: TargetInput, _reason: string, _options?: CommandOptions): Promise<Intervention> {
    return soon()
  }
  reinstate(_target: TargetInput, _reason: string, _options?: CommandOptions): Promise<Intervention> {
    return soon()
  }
  inject(
    _target: TargetInput,
    _text: string,
    _data?: unknown,
    _options?: CommandOptions,
  ): Promise<Intervention> {
    return soon()
  }
  orders(_options?: CallOptions): Promise<readonly OrderView[]> {
    return soon()
  }
  liftOrder(_id: string, _reason: string, _options?: CommandOptions): Promise<readonly OrderView[]> {
    return soon()
  }
  agents(_filter?: AgentFilter, _options?: CallOptions): Promise<AgentPage> {
    return soon()
  }
  agent(_id: string, _options?: CallOptions): Promise<AgentDetail> {
    return soon()
  }
  /** The visible window: these agents' presence comes in until the next call. */
  watchAgents(_ids: readonly string[], _options?: CallOptions): Promise<AgentPage['agents']> {
    return soon()
  }
  /** One approval with the bytes that would run; the digest is verified. Errors: HoldpointError `invalid` if it lies. */
  approval(_id: string, _options?: CallOptions): Promise<ApprovalDetail> {
    return soon()
  }
  approvals(
    _filter?: ApprovalFilter,
    _options?: CallOptions,
  ): Promise<{ approvals: readonly ApprovalView[]; nextCursor?: string | undefined }> {
    return soon()
  }
  ticket(_id: string, _options?: CallOptions): Promise<TicketView> {
    return soon()
  }
  tickets(
    _filter?: TicketFilter,
    _options?: CallOptions,
  ): Promise<{ tickets: readonly TicketView[]; nextCursor?: string | undefined }> {
    return soon()
  }
  acknowledge(_ticket: string, _options?: CommandOptions): Promise<TicketView> {
    return soon()
  }
  assign(_ticket: string, _assignee: string, _options?: CommandOptions): Promise<TicketView> {
    return soon()
  }
  /** Answers a question (ES5). */
  answer(_ticket: string, _answer: unknown, _options?: CommandOptions): Promise<TicketView> {
    return soon()
  }
  resolve(_ticket: string, _resolution?: Resolution): Promise<TicketView> {
    return soon()
  }
  /** One page, newest first. */
  history(_query?: HistoryQuery, _options?: CallOptions): Promise<EventPage> {
    return soon()
  }
  /** All pages, newest first. */
  historyEvents(_query?: HistoryQuery, _options?: CallOptions): AsyncIterableIterator<EventView> {
    return soon()
  }
  policy(_options?: CallOptions): Promise<Policy> {
    return soon()
  }
  /** Revokes one token by its `jti`, or all that were issued to a subject until now. */
  revokeToken(
    _which: { jti: string } | { subject: string },
    _reason: string,
    _options?: CommandOptions,
  ): Promise<void> {
    return soon()
  }
  /** These were displayed (AP11). Batched; may be lost. */
  seen(_ids: readonly string[]): void {
    soon()
  }
  close(): Promise<void> {
    return soon()
  }
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

/** Recomputes the digests of what would be shown. Errors: HoldpointError `invalid` where the bytes don't match. */
export function verifyDetail(_detail: ApprovalDetail): void {
  soon()
}
