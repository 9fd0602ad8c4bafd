import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { compiled } from '../harness/compiled.ts'
import { controlPlane } from '../harness/control-plane.ts'

const text = (path: string) => readFile(compiled(path), 'utf8')

/** The instructions of a Dockerfile's last stage, by name, continued lines joined. */
async function lastStage(): Promise<ReadonlyMap<string, string>> {
  const lines = (await text('Dockerfile')).replaceAll(/\\\n/g, ' ').split('\n')
  const last = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM ')))
  return new Map(
    last
      .filter((line) => /^[A-Z]+ /.test(line))
      .map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1).trim()] as const),
  )
}

describe('the container of one node', () => {
  it('is one service that keeps its data in a volume and listens on this machine only', async () => {
    const { services, volumes } = parse(await text('docker-compose.single.yml'))
    expect(Object.keys(services)).toEqual(['holdpoint'])
    const { build, ports, read_only, cap_drop, volumes: mounts } = services.holdpoint
    expect({ build, ports, read_only, cap_drop }).toEqual({
      build: '.',
      ports: ['127.0.0.1:7411:7411'],
      read_only: true,
      cap_drop: ['ALL'],
    })
    const stage = await lastStage()
    const [volume, folder] = mounts[0].split(':')
    expect(Object.keys(volumes)).toEqual([volume])
    expect([stage.get('VOLUME'), stage.get('ENV')]).toEqual([
      folder,
      expect.stringContaining(`HOLDPOINT_DATA=${folder} `),
    ])
  })

  it('does not run as root, and starts the program that is built', async () => {
    const stage = await lastStage()
    expect(stage.get('USER')).toBe('node')
    expect(JSON.parse(stage.get('CMD') ?? '')).toEqual(['serve'])
    const [, program = ''] = JSON.parse(stage.get('ENTRYPOINT') ?? '') as string[]
    const { bin } = JSON.parse(await text('cli/package.json'))
    expect((await text('docker-compose.single.yml')).includes(` node ${program} token create`)).toBe(true)
    expect(program).toBe(`/app/cli/${bin.holdpoint.replace('./', '')}`)
  })

  it('is built with the package manager of the repository', async () => {
    const { packageManager } = JSON.parse(await text('package.json'))
    const used = (await text('Dockerfile')).match(/pnpm@[\d.]+/g) ?? []
    expect(new Set(used)).toEqual(new Set([packageManager]))
  })

  it('has a health check that tells a ready server from a missing one', async () => {
    const check = /CMD (\[.*\])$/.exec((await lastStage()).get('HEALTHCHECK') ?? '')?.[1]
    const [, ...args] = JSON.parse(check ?? '') as string[]
    const exitCode = async (port: string) => {
      const child = spawn(process.execPath, args, { env: { HOLDPOINT_PORT: port }, stdio: 'ignore' })
      return (await once(child, 'close'))[0]
    }
    await using plane = await controlPlane()
    expect(await exitCode(new URL(plane.url).port)).toBe(0)
    expect(await exitCode('1')).toBe(1)
  })
})
