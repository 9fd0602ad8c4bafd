import { builtInPolicy, type Epoch } from '@holdpoint/shared'
import { expect, it } from 'vitest'
import type { AgentOwnCommand } from '../domain/commands.ts'
import type { DirectoryEntry } from './agent-directory.ts'
import { createChildrenCap } from './children-cap.ts'

const CAP = 3
const start = {
  type: 'run.start',
  body: { key: 'k', instance: 'i' },
  identity: { labels: {} },
} satisfies AgentOwnCommand
const child = (n: number) => ({ tenant: 'default', id: `boss/${n}` })

/** Starts take a turn, and only then does the directory know of them. */
function boss() {
  const known = new Map<string, DirectoryEntry>()
  const policy = { ...builtInPolicy, caps: { ...builtInPolicy.caps, children: CAP } }
  const cap = createChildrenCap({ all: async () => known }, async () => policy)
  const begin = (n: number, command: AgentOwnCommand = start) =>
    cap.within(child(n), command, 'boss', async () => {
      await new Promise((resolve) => setImmediate(resolve))
      known.set(child(n).id, {} as DirectoryEntry)
      return 'started' as const
    })
  return { known, cap, begin }
}

it('[AP14] many children that start at once are no more than those that start one after the other', async () => {
  const { known, begin } = boss()
  const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => begin(n)))
  expect(answers.filter((one) => one === 'started')).toHaveLength(CAP)
  expect(answers[CAP]).toMatchObject({ barred: { error: { code: 'rate_limited' } } })
  expect(known.size).toBe(CAP)
  expect(await begin(30)).toMatchObject({ barred: { error: { code: 'rate_limited' } } })
})

it('[AP14] a start that came to nothing leaves its place to the next; a child that is there starts again', async () => {
  const { cap, begin } = boss()
  for (const n of [9, 9, 9, 9])
    await expect(cap.within(child(n), start, 'boss', () => Promise.reject(new Error('no')))).rejects.toThrow()
  for (const n of [0, 1, 2]) expect(await begin(n)).toBe('started')
  expect(await begin(1)).toBe('started')
  const other = { type: 'run.complete', body: { key: 'k', epoch: '1.1' as Epoch } } as AgentOwnCommand
  expect(await begin(9, other)).toBe('started')
})
