import { counted, reveal, suspect } from '@holdpoint/shared'
import { useMemo } from 'preact/hooks'

/** Says in words what the marks below show, before the reader gets there. */
export function Suspicions({ text }: { readonly text: string }) {
  const found = useMemo(() => sentences(unescaped(text)), [text])
  if (found.length === 0) return null
  return (
    <ul class="suspicions" aria-label="What to look out for">
      {found.map((sentence) => (
        <li key={sentence}>{sentence}</li>
      ))}
    </ul>
  )
}

/** Control characters stand escaped in JSON text: they count by what they are. A backslash may itself be escaped. */
const unescaped = (text: string): string =>
  text.replace(/\\(?:u([0-9a-f]{4})|.)/gi, (whole, hex?: string) =>
    hex === undefined ? whole : String.fromCharCode(Number.parseInt(hex, 16)),
  )

const LOST = /[\uFFFC\uFFFD]/g

function sentences(text: string): readonly string[] {
  const lost = text.match(LOST)?.length ?? 0
  const hidden = reveal(text).filter(({ code }) => code !== undefined && code !== 'U+000A').length - lost
  const { mixed, twins, rightToLeft } = suspect(text)
  const all: string[] = []
  if (hidden > 0) all.push(`${counted(hidden, 'hidden or controlling character')}, shown by name below.`)
  if (lost > 0)
    all.push(
      `${counted(lost, 'place')} where something could not be decoded before it came here, shown by name below.`,
    )
  if (mixed.length > 0)
    all.push(
      `${mixed.length === 1 ? 'A word mixes' : `${mixed.length} words mix`} scripts: ${[...new Set(mixed.flatMap(({ scripts }) => scripts))].join(', ')}.`,
    )
  if (twins) all.push('Characters that look like plain letters or signs and are others, marked below.')
  if (rightToLeft) all.push('Right-to-left text, shown in its stored order.')
  return all
}
