/** Changes and what is read of them, as the tests of a store's promises need them. */
import type { CommandId, RecordWrite, StoredEvent } from '@holdpoint/server'
import { MINUTE } from '@holdpoint/shared'

export const command = (key: string, principal = 'worker'): CommandId => ({ principal, key })

export const remember = (
  key: string,
  retain: { holder: string } | { forMs: number } = { forMs: MINUTE },
  answer: unknown = { said: key },
) => ({ command: command(key), fingerprint: `print of ${key}`, answer, retain })

export const record = (id: string, at: number, more: Partial<RecordWrite> = {}): RecordWrite => ({
  kind: 'approval',
  id,
  agent: 'worker',
  status: 'pending',
  open: true,
  at,
  data: { summary: `what ${id} asks` },
  ...more,
})

export const ids = (records: readonly { id: string }[]): string[] => records.map(({ id }) => id)
export const names = (deadlines: readonly { name: string }[]): string[] => deadlines.map(({ name }) => name)
export const seqs = (events: readonly StoredEvent[]): number[] => events.map(({ seq }) => seq)
