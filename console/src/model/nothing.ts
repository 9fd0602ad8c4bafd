/** What is known of a queue that shows nothing. */
export interface Nothing {
  readonly live: boolean
  readonly scope: 'mine' | 'team' | 'all'
  /** Whether a text filters it. */
  readonly filtered: boolean
  /** Whether all that waits is here. */
  readonly loaded: boolean
  /** Whether the policy is here, which says who may release what. */
  readonly hasPolicy: boolean
  /** Of the agents, whose labels say what is a team's. */
  readonly agents: 'here' | 'loading' | 'failed'
  /** Whether none has ever run here. */
  readonly first: boolean
}

/** How there comes to be one. */
export const FIRST_AGENT =
  'One needs a token, made on the server’s machine: holdpoint token create --role agent --subject my-agent'

/** Why a queue shows nothing. That nothing waits is said only where it is known. */
export function nothingWords({
  live,
  scope,
  filtered,
  loaded,
  hasPolicy,
  agents,
  first,
}: Nothing): readonly [string, string] {
  if (!live) return ['Not connected.', 'Whether anything waits is not known until there is a connection.']
  if (!loaded) return ['Reading what waits …', 'Whether anything waits for you is not known yet.']
  if (scope !== 'all' && !hasPolicy)
    return [
      'What waits for you is not known.',
      'The policy could not be read yet; All shows what waits for anybody.',
    ]
  if (scope === 'team' && agents === 'loading')
    return ['Reading the agents …', 'Which of them are your team’s is not known yet.']
  if (scope === 'team' && agents === 'failed')
    return [
      'What waits for your team is not known.',
      'The agents could not be read; All shows what waits for anybody.',
    ]
  if (filtered) return ['Nothing here fits the filter.', 'Without it there may be more.']
  const whom = { mine: ' for you', team: ' for your team', all: '' }[scope]
  return [
    `Nothing waits${whom}.`,
    first ? `No agent has run here yet. ${FIRST_AGENT}` : 'New requests appear here by themselves.',
  ]
}
