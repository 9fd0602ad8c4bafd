import { useMemo } from 'preact/hooks'
import { jsonLines } from '../model/json-lines.ts'
import { Text } from './text.tsx'

/** A JSON value as indented lines: all of it, wrapped instead of cut off. */
export function JsonView({ value }: { readonly value: unknown }) {
  return useMemo(() => <Lines value={value} />, [value])
}

function Lines({ value }: { readonly value: unknown }) {
  return (
    <div class="json" translate={false}>
      {jsonLines(value).map(({ depth, tokens }, at) => (
        <div key={at} class="line" data-depth={Math.min(depth, 16)}>
          {tokens.map(({ kind, text }, place) => (
            <span key={place} class={kind}>
              {kind === 'string' || kind === 'key' ? <Text lines>{text}</Text> : text}
            </span>
          ))}
        </div>
      ))}
    </div>
  )
}
