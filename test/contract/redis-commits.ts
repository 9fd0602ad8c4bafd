import type { RedisStore } from '@holdpoint/server'
import { MINUTE } from '@holdpoint/shared'
import { agentRef, TENANT } from './store-harness.ts'

export const worker = agentRef('worker')

export const partition = `${TENANT}/0`

export const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1)

export const remember = (key: string, answer: unknown = key) => ({
  command: { principal: 'worker', key },
  fingerprint: '',
  answer,
  retain: { forMs: MINUTE },
})

export const dueNow = (store: RedisStore, name: string) => ({ set: [{ name, dueAt: store.now() - 1 }] })
