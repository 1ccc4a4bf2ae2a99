"""The sample brand's deployment: what the template asks for, and keys that are fixed and public."""

LINK_BASE = "https://kram.example"
SHOP = "kram.example"
WHATSAPP_ACCOUNT = "102290129340398"  # Meta's id of the business account, which has the templates
# For this machine alone: nothing outside the sandbox knows them, and the fakes of the providers all do.
SECRETS = {
    "shopify": "sandbox-shopify-secret",
    "shopify_previous": "sandbox-shopify-secret-before",
    "meta_app": "sandbox-meta-app-secret",
    "meta_app_previous": "",
    "meta_verify": "sandbox-meta-verify-token",
    "meta_token": "sandbox-meta-token",
    "messenger_token": "sandbox-messenger-token",
    "instagram_token": "sandbox-instagram-token",
    "instagram_app": "sandbox-instagram-app-secret",
    "instagram_app_previous": "",
    "infobip_api_key": "sandbox-infobip-key",
    "infobip_webhook": "sandbox-infobip-secret",
    "infobip_webhook_previous": "",
    "twilio_token": "sandbox-twilio-token",
    "twilio_token_previous": "",
    "turbosms_token": "sandbox-turbosms-token",
    "vapid_private_key": "c2FuZGJveC12YXBpZC1rZXktb2YtMzItYnl0ZXMtLi4",
    "push_subscribe_key": "sandbox-push-subscribe-key",
    "address_key": "sandbox-address-key",
    "link_key": "sandbox-link-key",
}
PARAMETERS = {
    "CodeSha256": "0" * 64,
    "ShopDomain": SHOP,
    "LinkBaseUrl": LINK_BASE,
    "MetaPhoneNumberId": "106540352242922",
    "MessengerPageId": "102030405060708",
    "MessengerPageName": "kram.example",
    "InstagramAccountId": "17841400008460056",
    "InstagramUserName": "kram.example",
    "SocialPhoneNumberId": "phone-number-id-976c72a700aac43eaf573ae050",
    "InfobipBaseUrl": "https://kram.api.infobip.example",
    "InfobipViberSender": "Kram",
    "SmsOriginationIdentity": "KRAM",
    "SmsConfigurationSetName": "sandbox",
    "EmailSender": "hello@kram.example",
    "EmailConfigurationSetName": "sandbox",
    "TwilioAccountSid": "AC0123456789abcdef0123456789abcdef",
    "TwilioSender": "MG0123456789abcdef0123456789abcdef",
    "TwilioCallbackUrl": f"{LINK_BASE}/twilio/sms",
    "TurboSmsViberSender": "Kram",
    "PushAppName": "kram",
    "PushSubject": "mailto:push@kram.example",
}
