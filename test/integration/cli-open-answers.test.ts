/** A command to many of which not all have answered says so, and names the key under which asking again is safe. */
import { AgentClient } from '@holdpoint/client'
import { type EmbeddedStore, StoreUnavailable } from '@holdpoint/server'
import { expect, it } from 'vitest'
import { commandLine } from '../harness/command-line.ts'
import { controlPlane } from '../harness/control-plane.ts'

/** What commits of the agent `slow` wait for, or fail with. */
type Hindrance = { readonly until: Promise<void> } | { readonly error: Error } | undefined

async function twoAgents() {
  let hindrance: Hindrance
  const hindered = (store: EmbeddedStore): EmbeddedStore => {
    const commit: EmbeddedStore['commit'] = async (change) => {
      if (change.ref.id === 'slow' && hindrance) {
        if ('error' in hindrance) throw hindrance.error
        await hindrance.until
      }
      return store.commit(change)
    }
    return Object.assign(Object.create(store) as EmbeddedStore, { commit })
  }
  const plane = await controlPlane({ storeSeen: hindered })
  const agents: AgentClient[] = []
  for (const subject of ['quick', 'slow']) {
    const token = await plane.token({ subject, labels: { team: subject } })
    const agent = new AgentClient({ url: plane.url, token })
    await agent.start()
    agents.push(agent)
  }
  return {
    hp: commandLine({ url: plane.url, token: await plane.token({ subject: 'ana', role: 'admin' }) }),
    /** Returns how to let go. */
    hold(): () => void {
      let release: () => void = () => {}
      const until = new Promise<void>((resolve) => {
        release = resolve
      })
      hindrance = { until }
      return () => {
        hindrance = undefined
        release()
      }
    },
    fail(error: Error | undefined): void {
      hindrance = error && { error }
    },
    async [Symbol.asyncDispose]() {
      for (const agent of agents) await agent[Symbol.asyncDispose]()
      await plane[Symbol.asyncDispose]()
    },
  }
}

const keyNamed = (stderr: string): string => /--key (\S+)/.exec(stderr)?.[1] ?? ''

it('[PR2] [AG7] says how many are still to come and the key to ask again with, which then tells of all', async () => {
  await using plane = await twoAgents()
  const letGo = plane.hold()
  const first = await plane.hp('inject', '--all', 'careful')
  expect([first.code, first.stdout]).toEqual([6, '✓ queued for quick\n'])
  expect(first.stderr).toContain('1 agent has not answered yet. Run the same command again with --key ')
  letGo()
  const again = await plane.hp('inject', '--all', 'careful', '--key', keyNamed(first.stderr))
  expect([again.code, again.stderr]).toEqual([0, ''])
  expect(again.stdout.trim().split('\n').sort()).toEqual(['✓ queued for quick', '✓ queued for slow'])
  const { instructions } = (await plane.hp('instructions', '--json')).json<{ instructions: object[] }>()
  expect(instructions).toHaveLength(2)
})

it('[PR2] [AG7] an order binds those who have not answered, and says that too', async () => {
  await using plane = await twoAgents()
  const letGo = plane.hold()
  const pause = (...more: string[]) => plane.hp('pause', '--all', '--reason', 'look', '--no-wait', ...more)
  const first = await pause('--key', 'k')
  expect([first.code, first.stdout]).toEqual([6, '✓ quick: paused\n'])
  expect(first.stderr).toContain('1 agent has not answered yet. The order binds them all the same.')
  expect((await pause('--key', 'k', '--json')).json()).toMatchObject({ remaining: 1, key: 'k' })
  letGo()
  const again = await pause('--key', 'k', '--json')
  expect([again.code, Object.keys(again.json())]).toEqual([0, ['results', 'order']])
})

it('[PR2] names the key also where the only one that matched may not have it', async () => {
  await using plane = await twoAgents()
  plane.fail(new StoreUnavailable('The store is away.'))
  const first = await plane.hp('inject', '--labels', 'team=slow', 'careful')
  expect([first.code, first.stdout]).toEqual([6, '✗ slow: The store is away.\n'])
  const key = keyNamed(first.stderr)
  plane.fail(undefined)
  const again = await plane.hp('inject', '--labels', 'team=slow', 'careful', '--key', key)
  expect([again.code, again.stdout]).toEqual([0, '✓ queued for slow\n'])
  const other = await plane.hp('inject', '--all', 'careful', '--key', key)
  expect([other.code, other.stderr]).toEqual([3, expect.stringContaining('This key was used before')])
})
