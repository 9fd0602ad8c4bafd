import { AgentClient } from '@holdpoint/client'
import type { AgentView } from '@holdpoint/shared'
import { describe, expect, it } from 'vitest'
import { commandLine } from '../harness/command-line.ts'
import { controlPlane } from '../harness/control-plane.ts'
import { person } from './cli-people.ts'

describe('holdpoint token create', () => {
  it('[ID1] signs with the keys of the data folder what the server believes', async () => {
    await using plane = await controlPlane()
    const hp = commandLine({ env: { HOLDPOINT_DATA: plane.folder } })
    const { token } = (
      await hp(
        'token',
        'create',
        '--role',
        'agent',
        '--subject',
        'new',
        '--label',
        'team=ops',
        '--label',
        'env=dev',
        '--json',
      )
    ).json<{ token: string }>()
    await using agent = new AgentClient({ url: plane.url, token })
    await agent.start()
    const { agents } = (await (await person(plane))('agents', '--json')).json<{ agents: AgentView[] }>()
    expect(agents).toMatchObject([{ id: 'new', labels: { team: 'ops', env: 'dev' } }])
  })

  it.each([
    [['--role', 'king', '--subject', 'a'], 2],
    [['--role', 'agent', '--subject', 'a', '--ttl', 'long'], 2],
    [['--role', 'agent', '--subject', 'a', '--label', 'x'], 2],
    [['--role', 'agent', '--subject', 'no spaces'], 2],
    [['--role', 'agent', '--subject', 'system'], 3],
  ] as const)('%j ends with %i', async (args, code) => {
    await using plane = await controlPlane()
    const hp = commandLine({ env: { HOLDPOINT_DATA: plane.folder } })
    expect((await hp('token', 'create', ...args, '--json')).code).toBe(code)
  })
})
