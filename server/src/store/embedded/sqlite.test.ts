import { expect, it } from 'vitest'
import { StoreUnusable } from '../store.ts'
import { assertDurable } from './sqlite.ts'

it.each([
  ['synchronous=NORMAL', { journalMode: 'wal', synchronous: 1, lockingMode: 'exclusive' }],
  ['synchronous=OFF', { journalMode: 'wal', synchronous: 0, lockingMode: 'exclusive' }],
  ['no WAL', { journalMode: 'delete', synchronous: 2, lockingMode: 'exclusive' }],
])('[PR1] a database that runs with %s is refused', (_, settings) => {
  expect(() => assertDurable(settings)).toThrow(StoreUnusable)
  expect(() => assertDurable({ ...settings, journalMode: 'wal', synchronous: 2 })).not.toThrow()
})
