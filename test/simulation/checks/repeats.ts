import type { ApprovalView, EventView, Policy } from '@holdpoint/shared'
import { approvalOf, objectAt, textAt, ticketOf } from '../../chaos/history.ts'

/** What was begun, and since when nobody knows how it ended: as of which place in the log. */
interface Begun {
  readonly view: ApprovalView
  readonly epoch: string | undefined
  doubtedAt: number | undefined
  isOver: boolean
}

/**
 * AP9: bytes that may have run already are begun again only where a person released just that: told so, or before anybody could
 * know. But for what only reads, and what policy calls harmless to do twice.
 */
export function checkRepeats(events: readonly EventView[], { catalogue }: Policy): readonly string[] {
  const agents = new Map<string, Log>()
  return events.flatMap((event) => {
    if (event.agent === undefined) return []
    const log = agents.get(event.agent) ?? new Log()
    agents.set(event.agent, log)
    const approval = approvalOf(event)
    const isFree = approval && (approval.level === 'none' || catalogue[approval.action]?.idempotent === true)
    return isFree ? [] : log.take(event, approval)
  })
}

/** One agent's. */
class Log {
  #epoch: string | undefined
  readonly #begun = new Map<string, Begun>()
  /** Where each was released. */
  readonly #released = new Map<string, number>()

  take(event: EventView, approval: ApprovalView | undefined): readonly string[] {
    if (event.type === 'agent.started' || event.type === 'run.superseded') this.#handedOver(event)
    const ticket = ticketOf(event)
    if (event.type === 'ticket.resolved' && ticket?.reason === 'unknown_outcome')
      for (const id of ticket.approvals ?? [ticket.approval ?? '']) this.#end(id)
    if (!approval) return []
    if (event.type === 'approval.approved') this.#released.set(approval.id, event.seq)
    if (event.type === 'action.reported') this.#reported(event, approval)
    return approval.stages.begun && !this.#begun.has(approval.id) ? this.#begins(event, approval) : []
  }

  /** Whoever began something under an older epoch is gone. */
  #handedOver({ seq, data }: EventView): void {
    this.#epoch = textAt(objectAt(data, 'run'), 'epoch')
    for (const one of this.#begun.values())
      if (!one.isOver && one.epoch !== this.#epoch) one.doubtedAt ??= seq
  }

  #reported({ seq, by }: EventView, { id, agent, outcome }: ApprovalView): void {
    const one = this.#begun.get(id)
    const isFoundOut = outcome !== 'unknown' || (by !== 'system' && by !== agent)
    if (isFoundOut) this.#end(id)
    else if (one) one.doubtedAt ??= seq
  }

  #end(id: string): void {
    const one = this.#begun.get(id)
    if (one) one.isOver = true
  }

  #begins({ seq }: EventView, view: ApprovalView): readonly string[] {
    const earlier = [...this.#begun.values()].findLast((one) => one.view.digest === view.digest)
    this.#begun.set(view.id, { view, epoch: this.#epoch, doubtedAt: undefined, isOver: false })
    if (earlier?.doubtedAt === undefined || earlier.isOver) return []
    const why = this.#notReleased(view, earlier.doubtedAt)
    return why
      ? [
          `Repeated: ${view.agent} began ${view.id} (seq ${seq}), whose bytes may have run as ${earlier.view.id} already, ${why}.`,
        ]
      : []
  }

  #notReleased({ id, status, standing, begunBefore }: ApprovalView, doubtedAt: number): string | undefined {
    if (status !== 'approved' || standing !== undefined) return 'and no person had released it'
    const isTold = begunBefore !== undefined || (this.#released.get(id) ?? 0) < doubtedAt
    return isTold ? undefined : 'and whoever released it was not told'
  }
}
