import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
  }[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

export interface Cost {
  readonly where: string
  /** Of the time that the process was not idle. */
  readonly share: number
}

export interface Profile {
  readonly busyMs: number
  readonly functions: readonly Cost[]
  readonly modules: readonly Cost[]
  /** Parts of the server as ARCHITECTURE names them, and what they stand on. */
  readonly layers: readonly Cost[]
}

/** Where the time went, self time alone; what SQLite does counts for the function that calls it. */
export function readProfile(folder: string): Profile {
  const file = readdirSync(folder).find((name) => name.endsWith('.cpuprofile'))
  if (!file) throw new Error(`no profile was left in ${folder}`)
  const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as CpuProfile
  const selfUs = new Map<number, number>()
  for (const [i, id] of samples.entries()) selfUs.set(id, (selfUs.get(id) ?? 0) + (timeDeltas[i] ?? 0))
  const functions = new Map<string, number>()
  const modules = new Map<string, number>()
  const layers = new Map<string, number>()
  let busyUs = 0
  for (const { id, callFrame } of nodes) {
    const us = selfUs.get(id) ?? 0
    if (callFrame.functionName === '(idle)' || us === 0) continue
    busyUs += us
    const module = moduleOf(callFrame.url)
    const name = callFrame.url === '' ? callFrame.functionName || '(native)' : module
    add(modules, name, us)
    add(layers, layerOf(name), us)
    add(functions, `${callFrame.functionName || '(anonymous)'} ${module}:${callFrame.lineNumber + 1}`, us)
  }
  return {
    busyMs: busyUs / 1_000,
    functions: shares(functions, busyUs),
    modules: shares(modules, busyUs),
    layers: shares(layers, busyUs),
  }
}

/** The package, or the file where it is ours. */
function moduleOf(url: string): string {
  const packaged = url.match(/node_modules\/(?!\.pnpm)((?:@[^/]+\/)?[^/]+)/g)?.at(-1)
  if (packaged) return packaged.replace('node_modules/', '')
  return url.match(/(?:server|shared)\/dist\/.*$/)?.[0] ?? (url || '(native)')
}

function layerOf(module: string): string {
  if (module.startsWith('server/dist/store/') || module === 'better-sqlite3') return 'store and SQLite'
  if (/^(socket\.io|engine\.io|ws$|@socket\.io)/.test(module)) return 'Socket.IO'
  if (/^(canonicalize|@noble|node:internal\/crypto|uuid|.*canonical)/.test(module))
    return 'canonical text, hashes, ids'
  if (/^node:|^\(program\)|^writev?$/.test(module)) return 'Node'
  const ours = module.match(/^server\/dist\/([a-z]+)\//)?.[1]
  if (ours) return `server: ${ours}`
  return module.startsWith('shared/') ? 'shared' : module
}

const add = (sums: Map<string, number>, where: string, us: number): void =>
  void sums.set(where, (sums.get(where) ?? 0) + us)

const shares = (sums: ReadonlyMap<string, number>, total: number): readonly Cost[] =>
  [...sums].map(([where, us]) => ({ where, share: us / total })).sort((a, b) => b.share - a.share)
