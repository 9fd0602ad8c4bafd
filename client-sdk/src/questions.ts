import { checkJson, newId, refusal, type TicketView } from '@holdpoint/shared'
import type { AgentSession } from './agent-session.ts'
import type { Answer, EscalateOptions, Escalation, QuestionOptions, TicketOutcome } from './agent-types.ts'
import { isObject, type Received } from './connection/reading.ts'
import { HoldpointError } from './errors.ts'
import { refuseUnknown } from './known-options.ts'
import type { Settlements } from './settlements.ts'
import { aborted } from './signals.ts'

const QUESTION_OPTIONS = {
  key: true,
  signal: true,
  choices: true,
  schema: true,
  timeoutMs: true,
  blocking: true,
} satisfies Record<keyof QuestionOptions, true>

const ESCALATE_OPTIONS = {
  key: true,
  signal: true,
  confidence: true,
  risk: true,
  blocking: true,
} satisfies Record<keyof EscalateOptions, true>

/** Questions and tickets (ES5, ES1): asked once, awaited over all reconnects. */
export class Questions {
  readonly #session: AgentSession
  readonly #settlements: Settlements

  constructor(session: AgentSession, settlements: Settlements) {
    this.#session = session
    this.#settlements = settlements
  }

  async ask(question: string, options: QuestionOptions = {}): Promise<Answer> {
    refuseUnknown('ask()', options, QUESTION_OPTIONS)
    const { choices, schema, timeoutMs, blocking, signal, key = newId() } = options
    const payload = { key, epoch: this.#session.epoch, question, choices, schema, timeoutMs, blocking }
    const body = await this.#session.call('question.ask', payload, { signal })
    const ticket = await this.#settled(body, signal)
    if (ticket.status === 'resolved')
      return { status: 'answered', answer: ticket.answer ?? ticket.resolution, ticket }
    const status = ticket.status === 'expired' ? 'expired' : 'cancelled'
    return {
      status,
      reason: ticket.resolution ?? `The question was ${status} before anybody answered.`,
      ticket,
    }
  }

  async escalate(reason: string, context: unknown, options: EscalateOptions = {}): Promise<Escalation> {
    refuseUnknown('escalate()', options, ESCALATE_OPTIONS)
    const problem = checkJson(context)
    if (problem) throw new HoldpointError(problem)
    const { confidence, risk, blocking, signal, key = newId() } = options
    const payload = { key, epoch: this.#session.epoch, reason, context, confidence, risk, blocking }
    const body = await this.#session.call('escalation.raise', payload, { signal })
    if (body.raised !== true || !isObject(body.ticket))
      return { raised: false, settled: Promise.resolve({ status: 'not_raised' }) }
    const settled = this.#settled(body, signal).then(outcome)
    // Whoever doesn't care how it ends must not be killed by its rejection when the run ends first.
    settled.catch(() => {})
    return { raised: true, ticket: body.ticket as unknown as TicketView, settled }
  }

  async #settled({ ticket, replayed }: Received, signal: AbortSignal | undefined): Promise<TicketView> {
    if (!isObject(ticket) || typeof ticket.id !== 'string')
      throw new HoldpointError(refusal('internal', 'The server answered without a ticket.'))
    const settled = this.#settlements.wait('ticket', ticket.id)
    settled.catch(() => {})
    // The first answer, given again, says nothing of what has happened since.
    if (replayed === true) await this.look(ticket.id, signal)
    return aborted(signal, settled)
  }

  /** Asks where a ticket stands now. */
  async look(id: string, signal?: AbortSignal): Promise<void> {
    const { ticket } = await this.#session.call('ticket.get', { id }, { signal })
    if (isObject(ticket)) this.#settlements.take(ticket as unknown as TicketView)
  }
}

function outcome(ticket: TicketView): TicketOutcome {
  if (ticket.status !== 'resolved')
    return { status: ticket.status === 'expired' ? 'expired' : 'cancelled', ticket }
  const { resolution, answer, action } = ticket
  return { status: 'resolved', resolution, answer, action, ticket }
}
