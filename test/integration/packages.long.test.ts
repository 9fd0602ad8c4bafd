import { execFileSync, spawnSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { ApprovalView } from '@holdpoint/shared'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { commandLine } from '../harness/command-line.ts'
import { compiled } from '../harness/compiled.ts'
import { controlPlane } from '../harness/control-plane.ts'
import { startProcess } from '../harness/process.ts'
import { until } from '../harness/until.ts'

/** By the name of its file: the folder it was made of. */
const FOLDERS = {
  'holdpoint-shared-0.1.0.tgz': 'shared',
  'holdpoint-client-0.1.0.tgz': 'client-sdk',
  'holdpoint-server-0.1.0.tgz': 'server',
  'holdpoint-0.1.0.tgz': 'cli',
}
type File = keyof typeof FOLDERS
const files = Object.keys(FOLDERS) as File[]

interface Manifest {
  readonly name: string
  readonly exports: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly bin?: Readonly<Record<string, string>>
  readonly dependencies: Readonly<Record<string, string>>
}

let folder: string
/** A project with what `npm install` would have put there: our packages as packed, and what they depend on. */
let project: string
const installed = (file: File) => join(project, 'node_modules', manifests[file].name)
const manifests = {} as Record<File, Manifest>

const CONSOLE = `
import { OperatorClient } from '@holdpoint/client/operator'
const console = new OperatorClient({ url: 'http://127.0.0.1:7411', token: '' })
export const waiting: string[] = (await console.approvals()).approvals.map(({ id }) => id)
`

const ROOT = dirname(compiled('package.json'))

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdpoint-packages-'))
  project = join(folder, 'project')
  execFileSync(process.execPath, ['scripts/pack.mjs', '--built', '--to', folder], { cwd: ROOT })
  for (const file of files) {
    const unpacked = join(folder, `unpacked-${file}`)
    mkdirSync(unpacked)
    execFileSync('tar', ['xzf', join(folder, file), '-C', unpacked])
    manifests[file] = JSON.parse(readFileSync(join(unpacked, 'package', 'package.json'), 'utf8'))
    mkdirSync(dirname(installed(file)), { recursive: true })
    execFileSync('mv', [join(unpacked, 'package'), installed(file)])
  }
  for (const file of files)
    for (const name of Object.keys(manifests[file].dependencies))
      link(join(FOLDERS[file], 'node_modules'), name)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** What a registry has is taken from the clone, so that this test needs none; the long test asks one. */
function link(from: string, name: string): void {
  const to = join(project, 'node_modules', name)
  if (existsSync(to)) return
  mkdirSync(dirname(to), { recursive: true })
  symlinkSync(join(ROOT, from, name), to)
}

describe('the packages that npm run pack leaves', () => {
  it.each(files)('%s names the others by their version, and holds what it exports and no test', (file) => {
    const { exports, bin = {}, dependencies } = manifests[file]
    expect(Object.values(dependencies).filter((range) => !/^\d+\.\d+\.\d+$/.test(range))).toEqual([])
    const inside = readdirSync(installed(file), { recursive: true }).map((path) => `./${path}`)
    const named = [
      ...Object.values(exports).flatMap((targets) => Object.values(targets)),
      ...Object.values(bin),
    ]
    expect(named.filter((path) => !inside.includes(path))).toEqual([])
    expect(inside).toContain('./LICENSE')
    expect(inside.filter((path) => /\.test\.|testing\/|tsbuildinfo|node_modules/.test(path))).toEqual([])
  })

  it('run the 15 lines of the README as plain JavaScript', async () => {
    await using plane = await controlPlane()
    copyFileSync(join(ROOT, 'examples/src/hello.ts'), join(project, 'agent.mjs'))
    await using agent = startProcess(join(project, 'agent.mjs'), {
      env: { HOLDPOINT_URL: plane.url, HOLDPOINT_TOKEN: await plane.token({ subject: 'hello' }) },
    })
    const hp = commandLine({ url: plane.url, token: await plane.token({ subject: 'bo', role: 'approver' }) })
    const next = () =>
      until('a mail waits', async () => {
        if (agent.isGone) throw new Error(agent.errors())
        return (await hp('approvals', '--json')).json<{ approvals: ApprovalView[] }>().approvals[0]
      })
    await hp('approve', (await next()).id)
    await hp('deny', (await next()).id, '--reason', 'on holiday')
    expect([await agent.gone, agent.errors()]).toEqual([0, ''])
    expect(agent.output()).toMatch(/^sending .*ana@example\.org.*\nsent\nnot sent: on holiday\n$/)
  })

  it('have types, for agents and for consoles', () => {
    copyFileSync(join(ROOT, 'examples/src/hello.ts'), join(project, 'agent.mts'))
    writeFileSync(join(project, 'console.mts'), CONSOLE)
    symlinkSync(join(ROOT, 'node_modules/@types'), join(project, 'node_modules/@types'))
    const options = '--noEmit --strict --skipLibCheck --module nodenext --target es2022 --types node'
    const tsc = [
      join(ROOT, 'node_modules/typescript/bin/tsc'),
      ...options.split(' '),
      'agent.mts',
      'console.mts',
    ]
    const { status, stdout } = spawnSync(process.execPath, tsc, { cwd: project, encoding: 'utf8' })
    expect([status, stdout]).toEqual([0, ''])
  })

  it('start as the command line', () => {
    const bin = join(installed('holdpoint-0.1.0.tgz'), manifests['holdpoint-0.1.0.tgz'].bin?.holdpoint ?? '')
    const { status, stdout, stderr } = spawnSync(process.execPath, [bin, '--version'], { encoding: 'utf8' })
    expect([status, stdout.trim(), stderr]).toEqual([0, '0.1.0', ''])
  })
})
