import type { Refusal, Result } from '@holdpoint/shared'
import type { Principal } from '../auth/principal.ts'
import type { Answer } from '../domain/commands.ts'
import type { StoredEvent } from '../store/store.ts'

/** One authenticated connection to a namespace, as those see it who serve it. */
export interface Line {
  readonly id: string
  /** Who is at the other end; a refreshed token may have changed labels or expiry, never the subject. */
  readonly principal: () => Principal
  emit(event: string, body: object): void
  /** ID4: the other end has a good deal to read yet; what it can ask for should not be sent on top. */
  isBehind(): boolean
  /** ID3: swaps the token. Errors: `unauthenticated`; `forbidden` for another subject, tenant or role. */
  refresh(token: string): Promise<Result<Principal>>
  join(room: string): void
  /** Closes the connection once what was sent before is out. */
  end(): void
}

/** What a request is answered with: the ack as it goes over the wire. */
export type Reply =
  | { readonly ok: true; readonly [field: string]: unknown }
  | { readonly ok: false; readonly error: Refusal; readonly [field: string]: unknown }

/** Makes an ack of an answer and what its sender caused: that comes in the ack instead of the feed. */
export type Caused = (answer: Answer, events: readonly StoredEvent[], replayed?: boolean) => Reply

/** Who serves one connection. Requests come undecoded; each is answered, and nothing throws but defects. */
export interface Desk {
  handle(name: string, payload: unknown): Promise<Reply>
  /** A message that wants no answer. A refusal says that it should not have been sent. */
  cast(name: string, payload: unknown): Result<void>
  /** Told right before a reply goes out as an ack; never of one that came too late, for which another was sent (PR2). */
  told?(reply: Reply): void
  closed(): void
}
