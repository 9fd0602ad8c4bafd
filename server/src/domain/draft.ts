import { type MachineEvent, ok, type Refusal, stepMachine } from '@holdpoint/shared'
import type { AgentDocument } from './agent-document.ts'
import type { Answer, Facts } from './commands.ts'
import type { Decision, Effects, Fact, RecordEffect } from './effects.ts'
import { agentFacts } from './views.ts'

/**
 * A decision in the making: the document as it will be, and everything to be written beside it.
 * It never touches the document it was given, so a decision that ends in a refusal leaves no trace unless it says so.
 */
export class Draft {
  doc: AgentDocument
  readonly facts: Facts
  readonly #before: AgentDocument
  readonly #events: Fact[] = []
  readonly #set: { name: string; dueAt: number }[] = []
  readonly #clear: string[] = []
  readonly #records: RecordEffect[] = []
  readonly #blobs: { digest: string; text: string }[] = []
  readonly #closed: string[] = []
  #notAfter: number | undefined
  #touched = false

  constructor(doc: AgentDocument, facts: Facts) {
    this.doc = doc
    this.facts = facts
    this.#before = doc
  }

  /** Replaces parts of the document. */
  update(patch: Partial<AgentDocument>): void {
    this.doc = { ...this.doc, ...patch }
    this.#touched = true
  }

  /** Moves the agent's machine; false where AG's table has no such row (AG1). */
  move(event: MachineEvent['type']): boolean {
    const machine = stepMachine(this.doc.machine, { type: event })
    if (!machine) return false
    this.update({ machine })
    return true
  }

  /** Logs a fact that only consoles and history need. */
  log(type: string, by: string, data: Readonly<Record<string, unknown>>): void {
    this.#events.push({ type, agent: this.doc.id, by, data })
  }

  /** Logs a fact that the agent's socket is told of, under its next number. */
  tell(type: string, by: string, data: Readonly<Record<string, unknown>>): void {
    const seq = this.doc.seq + 1
    this.update({ seq })
    this.#events.push({ type, agent: this.doc.id, by, data, push: { seq, state: '' } })
  }

  setDeadline(name: string, dueAt: number): void {
    this.#set.push({ name, dueAt })
  }

  /** Also takes back one that was set in this very decision. */
  clearDeadline(name: string): void {
    this.#clear.push(name)
    for (let at = this.#set.length - 1; at >= 0; at--)
      if (this.#set[at]?.name === name) this.#set.splice(at, 1)
  }

  record(record: RecordEffect): void {
    this.#records.push(record)
    this.#touched = true
  }

  blob(digest: string, text: string): void {
    this.#blobs.push({ digest, text })
  }

  /** The text of a digest: drafted here, or brought with the facts. */
  text(digest: string): string | undefined {
    return this.#blobs.find((blob) => blob.digest === digest)?.text ?? this.facts.bytes.get(digest)
  }

  /** An item or a run is over: what was answered about it is kept a day more (ST4). */
  close(holder: string): void {
    this.#closed.push(holder)
  }

  /** ST10: from then on, by the store's clock, none of this may be written. The earliest counts. */
  onlyBefore(time: number | undefined): void {
    if (time !== undefined) this.#notAfter = Math.min(this.#notAfter ?? time, time)
  }

  /**
   * What the records say of the item that the command names. An order that is carried out on the way may just have ended
   * it: what this very decision writes comes first.
   */
  standing(id: string): unknown {
    return this.#records.findLast((record) => record.id === id)?.data ?? this.facts.standing
  }

  /** Done, with a result. `holder`: the item or run whose life the remembered answer shares. */
  done(
    value: Readonly<Record<string, unknown>>,
    options: Pick<Effects<AgentDocument>, 'holder' | 'notAfter'> = {},
  ): Decision<AgentDocument> {
    return { answer: ok(value), effects: this.#effects(options) }
  }

  /** Refused; what was drafted until now is written all the same (a late approval still expires). */
  refuse({ error }: { readonly error: Refusal }): Decision<AgentDocument> {
    const answer: Answer = { ok: false, error }
    const anything = this.#touched || this.#events.length + this.#set.length + this.#clear.length > 0
    return anything ? { answer, effects: this.#effects() } : { answer }
  }

  /** Nothing to do: answered without a write, unless something was drafted. */
  unchanged(value: Readonly<Record<string, unknown>> = {}): Decision<AgentDocument> {
    return this.#touched || this.#events.length > 0 ? this.done(value) : { answer: ok(value) }
  }

  #effects({
    holder,
    notAfter,
  }: Pick<Effects<AgentDocument>, 'holder' | 'notAfter'> = {}): Effects<AgentDocument> {
    this.onlyBefore(notAfter)
    const { state } = this.doc.machine
    const shows = this.#agentChanged()
    const last = this.#events.length - 1
    const events = this.#events.map(({ type, agent, by, data, push }, at) => ({
      type,
      agent,
      by,
      data: shows && at === last ? { agent: agentFacts(this.doc), ...data } : data,
      push: push && { seq: push.seq, state },
    }))
    return {
      doc: this.doc,
      events,
      deadlines: { set: this.#set, clear: this.#clear },
      records: this.#records,
      blobs: this.#blobs,
      closeHolders: this.#closed,
      notAfter: this.#notAfter,
      holder,
    }
  }

  /** Whether consoles would show the agent itself differently. */
  #agentChanged(): boolean {
    const [was, is] = [this.#before, this.doc]
    return (
      was.machine !== is.machine ||
      was.run !== is.run ||
      was.control !== is.control ||
      was.heldBy !== is.heldBy ||
      was.acknowledged !== is.acknowledged ||
      was.autonomy.level !== is.autonomy.level ||
      was.autonomy.earned !== is.autonomy.earned
    )
  }
}
