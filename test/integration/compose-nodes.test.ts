/** No container engine runs here: what can be known of the files without one is checked. */
import { spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { readConfig } from '@holdpoint/server'
import { balancerConfig } from 'holdpoint'
import { beforeAll, describe, expect, it } from 'vitest'
import { compiled } from '../harness/compiled.ts'
import { type ComposeFile, composeProblems, readCompose, sourceOf } from '../harness/compose-file.ts'
import { needProgram } from '../harness/need-program.ts'

const NODES = ['node-1', 'node-2', 'node-3']
const CONFIG = compiled('deploy/haproxy.cfg')

let file: ComposeFile
beforeAll(async () => {
  file = await readCompose(compiled('docker-compose.yml'))
})
const service = (name: string) => {
  const found = file.services[name]
  if (!found) throw new Error(`there is no ${name}`)
  return found
}

describe('docker-compose.yml', () => {
  it('has what an engine takes, and nothing else', () => {
    expect(composeProblems(file)).toEqual([])
  })

  it('would be found out where it had something else', () => {
    const wrong = structuredClone(file) as { services: Record<string, object> }
    Object.assign(wrong.services['node-1'] ?? {}, { port: [], volumes: ['nowhere:/data'], read_only: 'yes' })
    expect(composeProblems(wrong as ComposeFile)).toEqual([
      expect.stringContaining('node-1 can not have read_only'),
      expect.stringContaining('node-1 can not have port'),
      expect.stringContaining('node-1 names a volume nowhere'),
    ])
  })

  it('is three nodes over one Redis behind a balancer, of which only the balancer can be reached', () => {
    expect(Object.keys(file.services).toSorted()).toEqual(['balancer', ...NODES, 'redis'])
    const open = Object.entries(file.services).filter(([, { ports }]) => ports)
    expect(open.map(([name, { ports }]) => [name, ports])).toEqual([['balancer', ['127.0.0.1:7411:7411']]])
    expect(service('redis').networks).toEqual(['store'])
    expect(file.networks?.store?.internal).toBe(true)
  })

  it('sets only what the server knows, and what it takes', () => {
    for (const name of NODES) {
      const read = new Set<string>()
      const environment = service(name).environment ?? {}
      const config = readConfig(
        new Proxy(environment, {
          get: (target, key) => {
            read.add(String(key))
            return target[String(key)]
          },
        }),
      )
      expect(Object.keys(environment).filter((key) => !read.has(key))).toEqual([])
      expect(config).toMatchObject({
        ok: true,
        value: {
          nodeName: name,
          redis: { url: 'redis://redis:6379', strict: 'always' },
          keysFolder: '/keys',
        },
      })
    }
  })

  it('gives nodes the same keys, and each a memory of its own', () => {
    const mounts = NODES.map((name) => service(name).volumes ?? [])
    expect(mounts.map((volumes) => volumes.filter((volume) => volume.endsWith(':/keys')))).toEqual(
      NODES.map(() => ['keys:/keys']),
    )
    const own = mounts.map((volumes) => volumes.filter((volume) => volume.endsWith(':/data')).map(sourceOf))
    expect(new Set(own.flat()).size).toBe(NODES.length)
  })

  it('[PR1] starts Redis so that it promises what the nodes insist on', () => {
    const command = service('redis').command ?? []
    const setting = (name: string) => command[command.indexOf(name) + 1]
    expect(command[0]).toBe('redis-server')
    expect({
      appendonly: setting('--appendonly'),
      appendfsync: setting('--appendfsync'),
      'maxmemory-policy': setting('--maxmemory-policy'),
    }).toEqual({ appendonly: 'yes', appendfsync: 'always', 'maxmemory-policy': 'noeviction' })
    expect(service('redis').volumes).toEqual(['redis-data:/data'])
  })

  it('looks after the health of everything, and starts nodes once Redis is well', async () => {
    expect(service('redis').healthcheck?.test).toEqual(['CMD', 'redis-cli', '-e', 'ping'])
    expect(service('balancer').healthcheck?.test.at(-1)).toBe('http://127.0.0.1:7411/readyz')
    // That of the nodes is in their image.
    expect(await readFile(compiled('Dockerfile'), 'utf8')).toMatch(/^HEALTHCHECK /m)
    for (const name of NODES)
      expect(service(name).depends_on).toEqual({ redis: { condition: 'service_healthy' } })
  })

  it('runs nothing as root, and lets nothing write but where it must', async () => {
    for (const [name, one] of Object.entries(file.services)) {
      expect([name, one.read_only, one.cap_drop, one.security_opt]).toEqual([
        name,
        true,
        ['ALL'],
        ['no-new-privileges:true'],
      ])
      if (one.build) expect(one.build).toBe('.')
    }
    const dockerfile = await readFile(compiled('Dockerfile'), 'utf8')
    expect(dockerfile).toMatch(/^USER node$/m)
    expect(dockerfile).toMatch(/^RUN install -d -o node -g node -m 0700 \/data \/keys$/m)
    expect(service('redis').user).toBe('redis')
  })
})

describe('deploy/haproxy.cfg', () => {
  it('is taken by HAProxy', () => {
    needProgram('haproxy')
    const checked = spawnSync('haproxy', ['-c', '-f', CONFIG], { encoding: 'utf8' })
    expect(`${checked.stdout}${checked.stderr}`).toContain('Configuration file is valid')
    expect(checked.status).toBe(0)
  })

  it('is what holdpoint cluster runs, for the names that the compose file gives', async () => {
    const [mounted] = service('balancer').volumes ?? []
    expect(compiled(sourceOf(mounted ?? ''))).toBe(CONFIG)
    expect(await readFile(CONFIG, 'utf8')).toBe(
      balancerConfig({
        bind: ':7411',
        nodes: NODES.map((name) => ({ name, address: `${name}:7411` })),
        nameserver: '127.0.0.11:53',
      }),
    )
  })
})
