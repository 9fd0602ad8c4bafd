import type { Difference } from '../model/diff.ts'
import { JsonView } from './json-view.tsx'
import { Text } from './text.tsx'

/** Place by place: what it was, and what it is. */
export function DifferenceList({ all }: { readonly all: readonly Difference[] }) {
  if (all.length === 0) return <p class="muted">Nothing differs from what was asked for.</p>
  return (
    <ul class="differences" aria-label="What differs">
      {all.map(({ path, kind, before, after }) => (
        <li key={path}>
          <p>
            <code>
              <Text>{path}</Text>
            </code>{' '}
            <span class="muted">{kind}</span>
          </p>
          {kind === 'added' ? null : (
            <div class="was">
              <span class="visually-hidden">was</span>
              <JsonView value={before} />
            </div>
          )}
          {kind === 'removed' ? null : (
            <div class="is">
              <span class="visually-hidden">is</span>
              <JsonView value={after} />
            </div>
          )}
        </li>
      ))}
    </ul>
  )
}
