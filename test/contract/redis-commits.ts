import type { RedisStore } from '@holdpoint/server'
import { MINUTE } from '@holdpoint/shared'

export const remember = (key: string, answer: unknown = key) => ({
  command: { principal: 'worker', key },
  fingerprint: '',
  answer,
  retain: { forMs: MINUTE },
})

export const dueNow = (store: RedisStore, name: string) => ({ set: [{ name, dueAt: store.now() - 1 }] })
