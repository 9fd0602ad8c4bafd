/** A copy of what is built, whose SQLite can't be loaded: what the programs say then. */
import { spawnSync } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { compiled } from '../harness/compiled.ts'

/** Links each package that `from` finds into a folder of its own, but for those that are copied. */
async function linkPackages(from: string, to: string, copied: readonly string[]): Promise<void> {
  await mkdir(to, { recursive: true })
  for (const name of await readdir(from))
    if (name.startsWith('@')) await linkPackages(join(from, name), join(to, name), copied)
    else if (!copied.includes(name)) await symlink(await realpath(join(from, name)), join(to, name))
}

async function copyOfProgram() {
  const folder = await mkdtemp(join(tmpdir(), 'holdpoint-sqlite-'))
  for (const name of ['cli', 'server']) {
    await cp(compiled(`${name}/dist`), join(folder, name, 'dist'), { recursive: true })
    await cp(compiled(`${name}/package.json`), join(folder, name, 'package.json'))
    const packages = join(folder, name, 'node_modules')
    await linkPackages(compiled(`${name}/node_modules`), packages, ['server', 'better-sqlite3'])
  }
  await symlink(join(folder, 'server'), join(folder, 'cli', 'node_modules', '@holdpoint', 'server'))
  const original = await realpath(compiled('server/node_modules/better-sqlite3'))
  const sqlite = join(folder, 'server', 'node_modules', 'better-sqlite3')
  for (const part of ['lib', 'package.json'])
    await cp(join(original, part), join(sqlite, part), { recursive: true })
  await symlink(await realpath(join(dirname(original), 'bindings')), join(dirname(sqlite), 'bindings'))
  const binary = join(sqlite, 'build', 'Release', 'better_sqlite3.node')
  await mkdir(dirname(binary), { recursive: true })
  const program = join(folder, 'cli', 'dist', 'main.js')
  return {
    binary,
    run: (...args: readonly string[]) =>
      spawnSync(process.execPath, [program, ...args, '--data', join(folder, 'data')], {
        encoding: 'utf8',
        env: { ...process.env, HOLDPOINT_PORT: '0' },
        timeout: 60_000,
      }),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  }
}

const SENTENCE = (what: string) =>
  new RegExp(
    `^✗ The binary of SQLite ${what}: with the Node that is to run this, run "npm run build" in a clone of Holdpoint, ` +
      'or "npm rebuild better-sqlite3" where it was installed as a package\\.\\n$',
  )

it('says in one sentence what to do where the binary of SQLite is missing, or another Node’s', async () => {
  await using copy = await copyOfProgram()
  for (const what of ['is missing', 'is damaged, or was built for another Node or machine']) {
    if (what !== 'is missing') await writeFile(copy.binary, '\u007fELF of another machine')
    const { status, stdout, stderr } = copy.run('serve')
    expect([status, stdout, stderr]).toEqual([3, '', expect.stringMatching(SENTENCE(what))])
    expect(copy.run('verify').stderr).toMatch(SENTENCE(what))
  }
})
