/** Every rule of judgement is broken on purpose, once or more; a test that carries its id must notice each time. */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { newId } from '@holdpoint/shared'
import { beforeAll, expect, it } from 'vitest'
import { type Mutation, mutations } from './mutations.ts'

interface Told {
  /** Which mistake was in. */
  readonly mutation: number
  readonly test: string
  readonly state: string
}

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))

const source = (module: string) => readFileSync(at(`../../${module}`), 'utf8')

let told: readonly Told[] = []
beforeAll(async () => {
  const path = join(tmpdir(), `holdpoint-mutations-${newId()}`)
  const child = spawn(
    process.execPath,
    [at('../../node_modules/vitest/vitest.mjs'), 'run', '--config', at('vitest.config.mjs')],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, HOLDPOINT_MUTATIONS_TOLD: path } },
  )
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said = `${said}${text}`.slice(-4_000)
    })
  await new Promise((resolve) => child.on('close', resolve))
  const lines = await readFile(path, 'utf8').catch(() => {
    throw new Error(`the tests did not run: ${said}`)
  })
  await rm(path)
  told = lines
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Told)
}, 15 * 60_000)

const numbered: readonly (Mutation & { readonly number: number })[] = mutations.map((mutation, number) => ({
  ...mutation,
  number,
}))

it.each(numbered)('[$rule] $mistake: noticed', ({ rule, number, module, from }) => {
  // else it could not even be made: what it replaces stands there no more
  expect(source(module).split(from).length - 1, `how often ${module} holds it`).toBe(1)
  const mine = told.filter(({ mutation }) => mutation === number)
  expect(mine.length, 'its tests did not run at all').toBeGreaterThan(0)
  const noticed = mine.filter(({ test, state }) => state === 'failed' && test.includes(`[${rule}]`))
  expect(noticed, `no test of ${rule} failed`).not.toEqual([])
})
