import { describe, expect, it } from 'vitest'
import { type Environment, readConfig } from './config.ts'

const read = (env: Environment) => {
  const config = readConfig(env)
  return config.ok ? config.value : expect.unreachable(config.error.message)
}

describe('settings', () => {
  it('need not be set: loopback, no foreign origin, our own keys', () =>
    expect(read({})).toEqual({
      dataFolder: './holdpoint-data',
      host: '127.0.0.1',
      port: 7411,
      origins: [],
      logLevel: 'info',
      nodeName: 'holdpoint',
      notify: { secrets: {}, allowedAddresses: [] },
    }))

  it('are read from their variables', () =>
    expect(
      read({
        HOLDPOINT_DATA: '/var/lib/holdpoint',
        HOLDPOINT_HOST: '0.0.0.0',
        HOLDPOINT_PORT: '0',
        HOLDPOINT_ORIGINS: 'https://console.example, http://localhost:5173',
        HOLDPOINT_TRUSTED_PROXIES: '1',
        HOLDPOINT_LOG_LEVEL: 'debug',
        HOLDPOINT_NODE_NAME: 'node-2.example',
        HOLDPOINT_ISSUER: 'https://login.example/',
        HOLDPOINT_JWKS_URL: 'https://login.example/jwks',
        HOLDPOINT_AUDIENCE: 'holdpoint-prod',
        HOLDPOINT_SECRET_PAGER_KEY: 'R0UT1NG',
        HOLDPOINT_SECRETS: '/run/secrets',
        HOLDPOINT_WEBHOOK_ALLOW: '10.1.0.0/16, ::1',
        HOLDPOINT_PUBLIC_URL: 'https://holdpoint.example/',
      }),
    ).toEqual({
      dataFolder: '/var/lib/holdpoint',
      host: '0.0.0.0',
      port: 0,
      origins: ['https://console.example', 'http://localhost:5173'],
      trustedProxies: 1,
      logLevel: 'debug',
      nodeName: 'node-2.example',
      externalIssuer: {
        issuer: 'https://login.example/',
        jwksUrl: 'https://login.example/jwks',
        audience: 'holdpoint-prod',
      },
      notify: {
        secrets: { 'pager-key': 'R0UT1NG' },
        secretsFolder: '/run/secrets',
        allowedAddresses: ['10.1.0.0/16', '::1'],
        publicUrl: 'https://holdpoint.example/',
      },
    }))

  it('name a Redis that nodes share, and the folder of the keys that they share', () =>
    expect(
      read({
        HOLDPOINT_STORE: 'redis',
        HOLDPOINT_REDIS_URL: 'rediss://node:secret@redis.example:6380/1',
        HOLDPOINT_REDIS_PREFIX: 'prod:',
        HOLDPOINT_REDIS_STRICT: 'always',
        HOLDPOINT_REDIS_REPLICAS: '1',
        HOLDPOINT_KEYS: '/run/secrets/holdpoint',
      }),
    ).toMatchObject({
      keysFolder: '/run/secrets/holdpoint',
      redis: {
        url: 'rediss://node:secret@redis.example:6380/1',
        prefix: 'prod:',
        strict: 'always',
        replicas: 1,
      },
    }))

  it('name an archive, and for how long archived events stay in the store', () => {
    expect(read({ HOLDPOINT_ARCHIVE: '/srv/archive' }).archive).toEqual({
      folder: '/srv/archive',
      keepDays: 30,
    })
    expect(
      read({ HOLDPOINT_ARCHIVE: '/srv/archive', HOLDPOINT_ARCHIVE_KEEP_DAYS: '7' }).archive,
    ).toMatchObject({ keepDays: 7 })
    for (const env of [
      { HOLDPOINT_ARCHIVE_KEEP_DAYS: '7' },
      { HOLDPOINT_ARCHIVE: 'a', HOLDPOINT_ARCHIVE_KEEP_DAYS: '-1' },
    ]) {
      const config = readConfig(env)
      expect(!config.ok && config.error.message).toContain('HOLDPOINT_ARCHIVE')
    }
  })

  it('take Redis where only its address is given', () =>
    expect(read({ HOLDPOINT_REDIS_URL: 'redis://127.0.0.1:6379' }).redis).toEqual({
      url: 'redis://127.0.0.1:6379',
      prefix: 'holdpoint:',
      replicas: 0,
    }))

  it.each<[string, Environment]>([
    ['HOLDPOINT_STORE', { HOLDPOINT_STORE: 'postgres' }],
    ['HOLDPOINT_REDIS_URL', { HOLDPOINT_STORE: 'redis' }],
    ['HOLDPOINT_REDIS_URL', { HOLDPOINT_STORE: 'embedded', HOLDPOINT_REDIS_URL: 'redis://h' }],
    ['HOLDPOINT_REDIS_URL', { HOLDPOINT_REDIS_URL: 'http://h' }],
    ['HOLDPOINT_REDIS_PREFIX', { HOLDPOINT_REDIS_URL: 'redis://h', HOLDPOINT_REDIS_PREFIX: 'a{b}' }],
    ['HOLDPOINT_REDIS_STRICT', { HOLDPOINT_REDIS_URL: 'redis://h', HOLDPOINT_REDIS_STRICT: 'no' }],
    ['HOLDPOINT_REDIS_UPGRADE', { HOLDPOINT_REDIS_URL: 'redis://h', HOLDPOINT_REDIS_UPGRADE: 'maybe' }],
    ['HOLDPOINT_REDIS_REPLICAS', { HOLDPOINT_REDIS_URL: 'redis://h', HOLDPOINT_REDIS_REPLICAS: '-1' }],
  ])('never fall back to a store of this process alone: %s', (name, env) => {
    const config = readConfig(env)
    expect(!config.ok && config.error.message).toContain(name)
  })

  it('do not repeat a password in what they complain about', () => {
    const config = readConfig({ HOLDPOINT_REDIS_URL: 'http://node:secret@h' })
    expect(!config.ok && config.error.message).not.toContain('secret')
  })

  it('set to nothing count as not set', () =>
    expect(read({ HOLDPOINT_PORT: '', HOLDPOINT_DATA: '  ', HOLDPOINT_ISSUER: '' })).toEqual(read({})))

  it.each<[string, string]>([
    ['HOLDPOINT_PORT', '65536'],
    ['HOLDPOINT_PORT', '-1'],
    ['HOLDPOINT_PORT', '0x10'],
    ['HOLDPOINT_PORT', '80.5'],
    ['HOLDPOINT_PORT', 'http'],
    ['HOLDPOINT_ORIGINS', '*'],
    ['HOLDPOINT_ORIGINS', 'null'],
    ['HOLDPOINT_ORIGINS', 'console.example'],
    ['HOLDPOINT_ORIGINS', 'https://console.example/'],
    ['HOLDPOINT_ORIGINS', 'https://*.example'.concat('/x')],
    ['HOLDPOINT_ORIGINS', 'https://ok.example,file:///etc'],
    ['HOLDPOINT_LOG_LEVEL', 'loud'],
    ['HOLDPOINT_LOG_LEVEL', 'toString'],
    ['HOLDPOINT_NODE_NAME', 'a b'],
    ['HOLDPOINT_NODE_NAME', '-x'],
  ])('%s=%s is refused by name', (name, value) =>
    expect(readConfig({ [name]: value })).toMatchObject({
      ok: false,
      error: { code: 'invalid', message: expect.stringMatching(new RegExp(`^${name} must be .*\\.$`)) },
    }),
  )

  it.each<[string, Environment]>([
    ['HOLDPOINT_JWKS_URL', { HOLDPOINT_ISSUER: 'https://login.example' }],
    ['HOLDPOINT_ISSUER', { HOLDPOINT_JWKS_URL: 'https://login.example/jwks' }],
    ['HOLDPOINT_ISSUER', { HOLDPOINT_AUDIENCE: 'holdpoint' }],
    ['HOLDPOINT_JWKS_URL', { HOLDPOINT_ISSUER: 'i', HOLDPOINT_JWKS_URL: 'jwks' }],
    ['HOLDPOINT_JWKS_URL', { HOLDPOINT_ISSUER: 'i', HOLDPOINT_JWKS_URL: 'http://login.example/jwks' }],
    ['HOLDPOINT_JWKS_URL', { HOLDPOINT_ISSUER: 'i', HOLDPOINT_JWKS_URL: 'file:///etc/jwks' }],
    ['HOLDPOINT_JWKS_URL', { HOLDPOINT_ISSUER: 'i', HOLDPOINT_JWKS_URL: 'https://u:hunter2@login.example/' }],
  ])('[ID1] an external issuer with a bad %s never falls back to our own keys', (name, env) => {
    const config = readConfig(env)
    expect(config).toMatchObject({ ok: false, error: { message: expect.stringContaining(name) } })
    expect(JSON.stringify(config)).not.toContain('hunter2')
  })

  it('[ID1] an issuer on this machine may go without https', () =>
    expect(
      read({ HOLDPOINT_ISSUER: 'i', HOLDPOINT_JWKS_URL: 'http://127.0.0.1:8080/jwks' }).externalIssuer,
    ).toEqual({ issuer: 'i', jwksUrl: 'http://127.0.0.1:8080/jwks', audience: 'holdpoint' }))
})
