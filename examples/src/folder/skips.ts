/** Files that an operator told the agent to leave alone. */
export interface Skips {
  /** Follows `skip <pattern>`; answers what it will do, undefined for what it does not understand. */
  follow(instruction: string): string | undefined
  has(path: string): boolean
}

export function createSkips(): Skips {
  const patterns: string[] = []
  return {
    follow(instruction) {
      const pattern = /^skip\s+(\S{1,200})$/i.exec(instruction.trim())?.[1]
      if (pattern === undefined) return undefined
      patterns.push(pattern)
      return `I leave ${pattern} alone from now on.`
    },
    has: (path) =>
      patterns.some((pattern) => fits(pattern, path) || fits(pattern, path.split('/').at(-1) ?? '')),
  }
}

/** `*` stands for anything. Walks the parts instead of building a regex, which a hostile pattern could make backtrack. */
function fits(pattern: string, text: string): boolean {
  const [first = '', ...rest] = pattern.split('*')
  if (!text.startsWith(first)) return false
  const last = rest.pop()
  if (last === undefined) return text === first
  let at = first.length
  for (const part of rest) {
    const found = text.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return text.length - last.length >= at && text.endsWith(last)
}
