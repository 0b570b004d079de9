// The well-known shapes of secrets, as data: what a vendor's key looks like wherever it stands in a text.
// A shape is looked for only when one of its anchors occurs, so the patterns cost nothing on ordinary text.
// Every pattern is linear: a start is tried once per run of characters and every repetition before a required
// suffix has a bound. Names of members and values without a shape of their own are the matter of credential-keys.ts.

export interface CredentialShape {
  readonly rule: string;
  /** Case-sensitive literals; the pattern runs when any of them occurs in the text. */
  readonly anchors: readonly string[];
  /** Global. The match is the secret, or its group `secret` when the flag `d` is set. */
  readonly pattern: RegExp;
}

function shape(rule: string, anchors: readonly string[], pattern: RegExp): CredentialShape {
  return { rule, anchors, pattern };
}

const CLOUDS: readonly CredentialShape[] = [
  shape('aws-access-key-id', ['AKIA', 'ASIA'], /(?<![A-Za-z0-9])A[KS]IA[A-Z2-7]{16}(?![A-Za-z0-9])/g),
  shape('aws-signed-url', ['X-Amz-Signature='], /(?<=X-Amz-Signature=)[0-9a-f]{64}/g),
  shape('google-api-key', ['AIza'], /(?<![\w-])AIza[\w-]{35}(?![\w-])/g),
  shape('google-oauth-secret', ['GOCSPX-'], /(?<![\w-])GOCSPX-[\w-]{24,40}/g),
  shape('google-access-token', ['ya29.'], /(?<![\w-])ya29\.[\w-]{20,}/g),
  shape('google-refresh-token', ['1//0'], /(?<![\w/])1\/\/0[\w-]{30,}/g),
  shape('google-signed-url', ['X-Goog-Signature='], /(?<=X-Goog-Signature=)[0-9a-f]{64,}/g),
  shape('azure-sas', ['sig='], /(?<=[?&]sig=)[A-Za-z0-9%+/=]{40,120}/g),
  shape('azure-client-secret', ['8Q~'], /(?<![\w~.-])[\w~.-]{3}8Q~[\w~.-]{31,34}(?![\w~.-])/g),
  shape('digitalocean-token', ['_v1_'], /(?<!\w)do[opr]_v1_[0-9a-f]{64}(?!\w)/g),
  shape('databricks-token', ['dapi'], /(?<!\w)dapi[0-9a-f]{32}(?:-\d)?(?!\w)/g),
  shape('heroku-token', ['HRKU-'], /(?<!\w)HRKU-[\w-]{36,66}/g),
  shape('fly-token', ['FlyV1 fm', 'fo1_'], /(?<!\w)(?:FlyV1 fm\d_[\w+/=,]{40,}|fo1_[\w-]{43})/g),
  shape('supabase-token', ['sbp_', 'sb_secret_'], /(?<!\w)(?:sbp_[0-9a-f]{40}|sb_secret_[\w-]{20,})/g),
  shape('terraform-token', ['.atlasv1.'], /(?<!\w)[A-Za-z0-9]{14}\.atlasv1\.[\w-]{60,70}/g),
  shape('vault-token', ['hvs.', 'hvb.', 'hvr.'], /(?<!\w)hv[sbr]\.[\w-]{24,}/g),
  shape('pulumi-token', ['pul-'], /(?<![\w-])pul-[0-9a-f]{40}(?!\w)/g),
  shape('doppler-token', ['dp.'], /(?<!\w)dp\.(?:pt|st|ct|sa|scim|audit)\.(?:[\w-]{2,35}\.)?[A-Za-z0-9]{40,44}(?!\w)/g),
];

const CODE_HOSTS_AND_REGISTRIES: readonly CredentialShape[] = [
  shape('github-token', ['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'], /(?<![A-Za-z0-9])gh[opsur]_[A-Za-z0-9]{36,255}/g),
  shape('github-token', ['github_pat_'], /(?<![A-Za-z0-9])github_pat_\w{40,255}/g),
  shape(
    'gitlab-token',
    ['glpat-', 'glrt-', 'gldt-', 'glptt-', 'glcbt-', 'glft-', 'glsoat-', 'gloas-', 'glimt-', 'glagent-'],
    /(?<![A-Za-z0-9])gl(?:pat|rt|dt|ptt|cbt|ft|soat|oas|imt|agent)-[\w-]{20,}(?:\.[\w-]{2,20}){0,2}/g,
  ),
  shape('atlassian-token', ['ATATT3', 'ATBB', 'ATCTT3'], /(?<!\w)(?:AT(?:AT|CT)T3[\w=-]{60,}|ATBB[A-Za-z0-9]{32})/g),
  shape('npm-token', ['npm_'], /(?<![A-Za-z0-9])npm_[A-Za-z0-9]{36}(?!\w)/g),
  shape('pypi-token', ['pypi-'], /(?<![A-Za-z0-9])pypi-AgE[\w-]{50,}/g),
  shape('rubygems-key', ['rubygems_'], /(?<!\w)rubygems_[0-9a-f]{48}(?!\w)/g),
  shape('docker-token', ['dckr_pat_', 'dckr_oat_'], /(?<!\w)dckr_[po]at_[\w-]{27,}/g),
  shape('nuget-key', ['oy2'], /(?<!\w)oy2[a-z0-9]{43}(?!\w)/g),
];

const MODELS: readonly CredentialShape[] = [
  shape('anthropic-key', ['sk-ant-'], /(?<![A-Za-z0-9])sk-ant-[\w-]{20,}/g),
  shape(
    'openai-key',
    ['sk-proj-', 'sk-svcacct-', 'sk-admin-'],
    /(?<![A-Za-z0-9])sk-(?:proj|svcacct|admin)-[\w-]{20,}/g,
  ),
  shape('openrouter-key', ['sk-or-'], /(?<![A-Za-z0-9])sk-or-[\w-]{24,}/g),
  shape('openai-key', ['sk-'], /(?<![\w-])sk-[A-Za-z0-9]{32,}(?![\w-])/g),
  shape('hugging-face-token', ['hf_'], /(?<![A-Za-z0-9])hf_[A-Za-z0-9]{34,}(?!\w)/g),
  shape('groq-key', ['gsk_'], /(?<!\w)gsk_[A-Za-z0-9]{40,}/g),
  shape('xai-key', ['xai-'], /(?<![\w-])xai-[A-Za-z0-9]{60,}/g),
  shape('perplexity-key', ['pplx-'], /(?<![\w-])pplx-[A-Za-z0-9]{40,}/g),
  shape('replicate-token', ['r8_'], /(?<!\w)r8_[A-Za-z0-9]{37}(?!\w)/g),
  shape('langsmith-key', ['lsv2_'], /(?<!\w)lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}/g),
  shape('pinecone-key', ['pcsk_'], /(?<!\w)pcsk_\w{40,}/g),
  shape('tavily-key', ['tvly-'], /(?<![\w-])tvly-[\w-]{24,}/g),
];

const SERVICES: readonly CredentialShape[] = [
  shape('slack-token', ['xox', 'xapp-'], /(?<!\w)(?:xox[abeoprs]-|xapp-\d-)[\w-]{20,}/g),
  shape('slack-webhook', ['hooks.slack.com/'], /hooks\.slack\.com\/(?:services|workflows|triggers)\/[\w/]{30,}/g),
  shape('discord-webhook', ['/api/webhooks/'], /discord(?:app)?\.com\/api\/webhooks\/\d{15,22}\/[\w-]{50,}/g),
  shape('telegram-token', [':AA'], /(?<!\d)\d{8,10}:AA[\w-]{33}(?![\w-])/g),
  shape('stripe-key', ['k_live_', 'k_test_'], /(?<![A-Za-z0-9])[sr]k_(?:live|test)_[A-Za-z0-9]{16,}/g),
  shape('webhook-secret', ['whsec_'], /(?<!\w)whsec_[A-Za-z0-9+/=]{24,}/g),
  shape('square-token', ['sq0'], /(?<!\w)sq0(?:atp|csp)-[\w-]{22,43}/g),
  shape('shopify-token', ['shp'], /(?<!\w)shp(?:at|ca|pa|ss)_[0-9a-f]{32}(?!\w)/gi),
  shape('sendgrid-key', ['SG.'], /(?<!\w)SG\.[\w-]{22}\.[\w-]{43}(?![\w-])/g),
  shape('twilio-key', ['SK'], /(?<!\w)SK[0-9a-f]{32}(?!\w)/g),
  shape('mailgun-key', ['key-'], /(?<![\w-])key-[0-9a-f]{32}(?![\w-])/g),
  shape('mailchimp-key', ['-us'], /(?<!\w)[0-9a-f]{32}-us\d{1,2}(?![\w-])/g),
  shape('grafana-token', ['glsa_', 'glc_'], /(?<!\w)(?:glsa_[A-Za-z0-9]{32}_[0-9a-fA-F]{8}|glc_[A-Za-z0-9+/=]{32,})/g),
  shape('new-relic-key', ['NRAK-'], /(?<!\w)NRAK-[A-Z0-9]{27}(?!\w)/g),
  shape('sentry-token', ['sntrys_', 'sntryu_'], /(?<!\w)sntry[su]_[\w+/=]{40,}/g),
  shape('linear-key', ['lin_api_', 'lin_oauth_'], /(?<!\w)lin_(?:api|oauth)_[A-Za-z0-9]{32,}/g),
  shape('notion-token', ['ntn_'], /(?<!\w)ntn_[A-Za-z0-9]{40,}/g),
  shape('figma-token', ['figd_'], /(?<!\w)figd_[\w-]{40,}/g),
  shape('postman-key', ['PMAK-'], /(?<!\w)PMAK-[0-9a-f]{24}-[0-9a-f]{34}/g),
  shape('dynatrace-token', ['dt0'], /(?<!\w)dt0[a-z]\d\d\.[A-Z0-9]{24}\.[A-Z0-9]{64}/g),
  shape('planetscale-token', ['pscale_'], /(?<!\w)pscale_(?:tkn|pw|oauth)_[\w.-]{32,}/g),
];

const GENERIC: readonly CredentialShape[] = [
  shape('jwt', ['eyJ'], /(?<![\w-])eyJ[\w-]{8,8192}\.eyJ[\w-]{4,16384}\.[\w-]{10,}/g),
  shape('age-key', ['AGE-SECRET-KEY-1'], /AGE-SECRET-KEY-1[A-Z0-9]{58}/g),
  shape(
    'command-flag',
    [' -p'],
    /\b(?:sshpass|(?:docker|podman|oras|crane|helm registry) login|twine upload)\b[^\n|;&]{0,200}?\s-p[ =]?["']?(?<secret>[^\s"'`]{4,200})/dg,
  ),
  shape(
    'command-flag',
    [' -p'],
    /\b(?:mysql|mariadb)[a-z-]{0,10}\b[^\n|;&]{0,200}?\s-p["']?(?<secret>[^\s"'`-][^\s"'`]{3,200})/dg,
  ),
  shape(
    'command-flag',
    [' -u', ' --user'],
    /\b(?:curl|https?|wget)\b[^\n|;]{0,300}?\s(?:-u|--user)[ =]?["']?[^\s:"'$]{1,100}:(?<secret>[^\s"'`]{4,200})/dg,
  ),
];

/** In order of how much a rule tells: of two that match the same stretch, the earlier one names it. */
export const CREDENTIAL_SHAPES: readonly CredentialShape[] = [
  ...MODELS,
  ...CODE_HOSTS_AND_REGISTRIES,
  ...CLOUDS,
  ...SERVICES,
  ...GENERIC,
];
