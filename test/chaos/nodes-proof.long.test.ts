/** The checker on many nodes is put to the test itself: with a promise broken on purpose, the same faults must find it out. */
import { expect, it } from 'vitest'
import type { Alteration } from '../harness/server-process.ts'
import { checkHistory } from './check-history.ts'
import { seedOf } from './expect-work.ts'
import { runNodesChaos } from './nodes-chaos.ts'

const COMMIT = 'server/dist/store/redis/lua/commit.lua.js'

async function violations(name: string, alterations: readonly Alteration[]): Promise<readonly string[]> {
  const { history, alsoWrong } = await runNodesChaos({
    seed: seedOf(name),
    faults: 8,
    peaceMs: [500, 1_500],
    agents: 4,
    workers: 8,
    interveneEveryMs: [50, 400],
    alterations,
    // Nodes that lose things may leave agents waiting for ever.
    restWithinMs: 5_000,
  })
  return [...checkHistory(history), ...alsoWrong]
}

const matching = (pattern: RegExp) => expect.arrayContaining([expect.stringMatching(pattern)])

it('nodes that forget their answers are found to do things twice', async () => {
  const forgetful: readonly Alteration[] = [
    { module: COMMIT, from: 'if not kept then return nil end', to: 'do return nil end' },
    {
      module: 'server/dist/store/redis/documents.js',
      from: "typeof kept === 'string' ? remembered(kept, now()) : undefined",
      to: "typeof kept === 'none' ? remembered(kept, now()) : undefined",
    },
  ]
  expect(await violations('no answers', forgetful)).toEqual(matching(/^Twice: /))
})

it('nodes that do not compare epochs are found to hear processes that were replaced', async () => {
  const blind: Alteration = {
    module: 'shared/dist/epoch.js',
    from: 'return storeA - storeB || nA - nB',
    to: 'return 0 * (storeA + storeB + nA + nB)',
  }
  expect(await violations('no epochs', [blind])).toEqual(matching(/^Epoch: /))
})

it('nodes that ask for no role and no release, and take their time, are found to do each of it', async () => {
  const careless: readonly Alteration[] = [
    {
      module: 'shared/dist/roles.js',
      from: 'return rank >= 0 && rank >= personRoles.indexOf(needed)',
      to: 'return rank >= 0 || personRoles.indexOf(needed) < 0',
    },
    {
      module: 'server/dist/domain/begins.js',
      from: "if (item.status === 'approved' || item.status === 'auto_approved')",
      to: 'if (item.status)',
    },
    {
      module: 'server/dist/domain/begins.js',
      from: 'if (!stillReleased(',
      to: 'if (!item.status && !stillReleased(',
    },
    {
      module: 'server/dist/commands/in-time.js',
      from: 'resolve(answer)',
      to: 'setTimeout(resolve, Math.random() < 0.02 ? 4_000 : 0, answer)',
    },
    {
      module: 'server/dist/api/prompt-desk.js',
      from: 'ANSWER_WITHIN_MS = 1_950',
      to: 'ANSWER_WITHIN_MS = 60_000',
    },
  ]
  const found = await violations('careless', careless)
  expect(found).toEqual(matching(/^Person: .*cy \(operator\)/))
  expect(found).toEqual(matching(/^Unreleased: ghost was let begin/))
  expect(found).toEqual(matching(/^Late: /))
})
