import type { Ack, RawSocket } from './raw-socket.ts'

type Fields = Readonly<Record<string, unknown>>

/** An agent that holds a run, on the bare wire: fills in key, epoch and instance where a test does not care. */
export interface RawAgent {
  readonly socket: RawSocket
  readonly started: Ack
  readonly epoch: string
  readonly instance: string
  ask(action: string, args: unknown, more?: Fields): Promise<Ack>
  begin(item: { readonly id: string; readonly digest: string }, more?: Fields): Promise<Ack>
  report(id: string, outcome?: string, more?: Fields): Promise<Ack>
  /** Any request, with a fresh key and this agent's epoch. */
  send(name: string, body?: Fields): Promise<Ack>
}

let keys = 0
/** A key that no other request of this test process has. */
export const freshKey = (): string => `key-${++keys}`

export async function startAgent(socket: RawSocket, more: Fields = {}): Promise<RawAgent> {
  const instance = typeof more.instance === 'string' ? more.instance : `instance-${freshKey()}`
  const started = await socket.must('run.start', { key: freshKey(), ...more, instance })
  const epoch: string = started.run.epoch
  const send = (name: string, body: Fields = {}) => socket.request(name, { key: freshKey(), epoch, ...body })
  return {
    socket,
    started,
    epoch,
    instance,
    ask: (action, args, rest) => send('action.request', { action, args, ...rest }),
    begin: ({ id, digest }, rest) => send('action.begin', { instance, id, digest, ...rest }),
    report: (id, outcome = 'success', rest) => send('action.report', { id, outcome, ...rest }),
    send,
  }
}

/** What a decision names: exactly what was displayed. */
export const shown = ({ id, revision, digest }: { id: string; revision: number; digest: string }) => ({
  id,
  revision,
  digest,
})
