import { Text } from './text.tsx'

interface Props {
  readonly children: string
  /** Whether its speaker is named before it, where nothing else around it says whose words they are. */
  readonly bare?: boolean
}

/** What an agent says of itself: told as such and in quotes, so that nobody takes it for a word of the server's. */
export function Says({ children, bare = false }: Props) {
  return (
    <span class="says" title="the agent’s own words; nobody has checked them">
      <span class={bare ? 'visually-hidden' : 'muted'}>{bare ? 'in its own words: ' : 'says '}</span>“
      <Text>{children}</Text>”
    </span>
  )
}
