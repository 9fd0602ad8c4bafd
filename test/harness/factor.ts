import { generateSync } from 'otplib'
import { freshKey } from './raw-agent.ts'
import type { RawSocket } from './raw-socket.ts'

/** What an authenticator app holds: codes of the secret that an `otpauth` address carries. */
export interface Authenticator {
  readonly secret: string
  readonly recovery: readonly string[]
  /** The code at a time, ms. */
  code(atMs: number): string
}

export const authenticator = (otpauth: string, recovery: readonly string[] = []): Authenticator => {
  const secret = new URL(otpauth).searchParams.get('secret') ?? ''
  return { secret, recovery, code: (atMs) => generateSync({ secret, epoch: Math.floor(atMs / 1_000) }) }
}

/** Enrols the person whose connection this is, and confirms: the code of that moment is spent. */
export async function enrolFactor(socket: RawSocket, nowMs: () => number): Promise<Authenticator> {
  const { otpauth, recovery } = await socket.must('factor.enroll', { key: freshKey() })
  const app = authenticator(otpauth, recovery)
  await socket.must('factor.confirm', { key: freshKey(), factor: { totp: app.code(nowMs()) } })
  return app
}
