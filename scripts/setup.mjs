/**
 * Makes a fresh clone ready: checks Node, installs the dependencies where the lockfile has changed since the
 * last time, checks that SQLite loads, and builds every package. Prints one line per step; where one fails, the
 * end of its log and one sentence saying what to do. Safe to run at any time and from any folder.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Failure, main, must, ROOT, run, step, tool } from './run.mjs'

const NODE_FLOOR = [20, 19]
const PACKAGES = ['shared', 'server', 'client-sdk', 'console', 'cli', 'test', 'examples']
const STAMP = join(ROOT, 'node_modules', '.holdpoint-installed')
const CONSOLE_STAMP = join(ROOT, 'node_modules', '.holdpoint-console')
const CONSOLE_PAGE = join(ROOT, 'server', 'dist', 'console', 'index.html')

const { packageManager } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
const pnpm = (...args) => ['npx', ['--yes', packageManager, ...args], { quiet: true }]

/** Installs what is missing; with `build` (the default) also compiles. */
export async function setup({ build = true } = {}) {
  checkNode()
  await install()
  if (build) await compile()
}

/** Compiles every package, checks the types of everything else, and bundles the web console into the server. */
export async function compile() {
  await step('Types checked, packages built', 'Checking types, building the packages', () =>
    must(
      'The sources do not compile: mend the errors above, then run this again.',
      process.execPath,
      [tool('typescript/bin/tsc'), '-b'],
      { quiet: true },
    ),
  )
  await bundleConsole()
}

/** After the packages, for it is made of what they were compiled to; only where any of that has changed. */
async function bundleConsole() {
  const wanted = consoleFingerprint()
  if (existsSync(CONSOLE_PAGE) && existsSync(CONSOLE_STAMP) && readFileSync(CONSOLE_STAMP, 'utf8') === wanted)
    return
  await step('Web console bundled', 'Bundling the web console', () =>
    must(
      'The web console cannot be bundled: mend the errors above, then run this again.',
      process.execPath,
      [join(ROOT, 'console', 'node_modules', 'vite', 'bin', 'vite.js'), 'build', 'console'],
      { quiet: true },
    ),
  )
  writeFileSync(CONSOLE_STAMP, wanted)
}

function consoleFingerprint() {
  const hash = createHash('sha256')
  for (const folder of ['console/src', 'console/public', 'shared/dist', 'client-sdk/dist'])
    for (const name of readdirSync(join(ROOT, folder), { recursive: true }).map(String).sort())
      if (/\.(tsx?|css|svg|webmanifest|js)$/.test(name))
        hash.update(name).update(readFileSync(join(ROOT, folder, name)))
  for (const file of ['console/index.html', 'console/fonts.ts', 'console/vite.config.ts', 'pnpm-lock.yaml'])
    hash.update(readFileSync(join(ROOT, file)))
  return hash.digest('hex')
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > NODE_FLOOR[0] || (major === NODE_FLOOR[0] && minor >= NODE_FLOOR[1])) return
  throw new Failure(
    `Node ${process.versions.node} is too old: install Node ${NODE_FLOOR.join('.')} or newer (24 is recommended), then run this again.`,
  )
}

async function install() {
  const wanted = fingerprint()
  if (installed() === wanted && sqliteLoads()) return
  rmSync(STAMP, { force: true })
  await step('Dependencies installed', 'Installing the dependencies', async () => {
    // --prod=false: NODE_ENV=production would leave the compiler out.
    // confirmModulesPurge: a question would end the run where there is no terminal.
    const { code, log, signal } = await run(
      ...pnpm('install', '--frozen-lockfile', '--prod=false', '--config.confirmModulesPurge=false'),
    )
    if (signal) throw new Failure(`Stopped by ${signal}.`, { code })
    if (code !== 0) throw new Failure(whyInstallFailed(log), { log })
    await makeSqliteLoad()
  })
  writeFileSync(STAMP, `${wanted}\n`)
}

/** A native module belongs to one Node version: after a change of Node it has to be built again. */
async function makeSqliteLoad() {
  if (sqliteLoads()) return
  const { log } = await run(...pnpm('rebuild', '-r', 'better-sqlite3'))
  if (!sqliteLoads()) throw new Failure(whyInstallFailed(`${log}\nbetter-sqlite3`), { log })
}

function sqliteLoads() {
  const probe = "new (require('better-sqlite3'))(':memory:').close()"
  return spawnSync(process.execPath, ['-e', probe], { cwd: join(ROOT, 'server') }).status === 0
}

function whyInstallFailed(log) {
  if (/ERR_PNPM_OUTDATED_LOCKFILE/.test(log)) {
    return `pnpm-lock.yaml does not fit the package.json files: run "npx --yes ${packageManager} install" and commit the lockfile.`
  }
  if (/better-sqlite3|node-gyp|gyp ERR/.test(log)) {
    const missing = missingBuildTools()
    return missing.length
      ? `better-sqlite3 has to be built here, and ${missing.join(' and ')} is missing: install a C++ toolchain (Debian: "apt install build-essential python3", macOS: "xcode-select --install"), then run this again.`
      : 'better-sqlite3 could not be built: its log is above; a Node version it offers a binary for (20, 22 or 24) avoids the build.'
  }
  return 'The dependencies could not be installed: check that the npm registry can be reached, then run this again.'
}

function missingBuildTools() {
  const has = (command) => spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0
  const missing = []
  if (![process.env.CXX, 'c++', 'g++', 'clang++'].some((compiler) => compiler && has(compiler))) {
    missing.push('a C++ compiler')
  }
  if (!has('make')) missing.push('make')
  if (!has('python3') && !has('python')) missing.push('Python')
  return missing
}

/** What the installed tree depends on: the lockfile, the manifests, and the Node it was built for. */
function fingerprint() {
  const hash = createHash('sha256')
  const manifests = ['', ...PACKAGES].map((folder) => join(folder, 'package.json'))
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml', ...manifests]) {
    hash.update(readFileSync(join(ROOT, file)))
  }
  return hash.update([process.platform, process.arch, process.versions.modules].join()).digest('hex')
}

function installed() {
  const complete = PACKAGES.every((folder) => existsSync(join(ROOT, folder, 'node_modules')))
  return complete && existsSync(STAMP) ? readFileSync(STAMP, 'utf8').trim() : undefined
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) await main(setup)
