import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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

  it('says where it made new keys, which no server that runs elsewhere trusts', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'holdpoint-cli-'))
    const hp = commandLine({ env: { HOLDPOINT_DATA: join(folder, 'new') } })
    const create = () => hp('token', 'create', '--role', 'agent', '--subject', 'new')
    expect((await create()).stderr).toMatch(
      /There were no keys in \S+new, .* name its data folder with --data/,
    )
    expect((await create()).stderr).toBe('')
    await rm(folder, { recursive: true })
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
