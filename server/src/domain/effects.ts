import type { Answer } from './commands.ts'

/** A fact to be logged. `data` holds the views that it changed; `pushed` numbers it for the agent's socket. */
export interface Fact {
  readonly type: string
  readonly agent?: string | undefined
  readonly by?: string | undefined
  readonly data: Readonly<Record<string, unknown>>
  readonly push?: { readonly seq: number; readonly state: string } | undefined
}

/** What history and consoles look up by id. */
export interface RecordEffect {
  readonly kind: 'approval' | 'ticket' | 'instruction' | 'order' | 'run'
  readonly id: string
  readonly agent?: string
  readonly status: string
  readonly open: boolean
  readonly at: number
  readonly data: unknown
}

/** Everything a decision wants written in one atomic step, as data. The shell adds versions and the command's id. */
export interface Effects<Document> {
  readonly doc: Document
  readonly events: readonly Fact[]
  readonly deadlines: {
    readonly set: readonly { readonly name: string; readonly dueAt: number }[]
    readonly clear: readonly string[]
  }
  readonly records: readonly RecordEffect[]
  readonly blobs: readonly { readonly digest: string; readonly text: string }[]
  /** Items and runs that are over: answers given for them are kept a day more (ST4). */
  readonly closeHolders: readonly string[]
  /** ST10: too late at or after this, on the store's clock. */
  readonly notAfter?: number | undefined
  /** The item or run whose life the answer shares (ST4); a day where there is none. */
  readonly holder?: string | undefined
}

/** What a decision says and does. Without effects nothing is written, and a refusal is not remembered. */
export interface Decision<Document> {
  readonly answer: Answer
  readonly effects?: Effects<Document> | undefined
}
