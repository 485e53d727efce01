import os

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.gis",
    "patients",
]

DATABASES = {
    "default": {
        "ENGINE": "django.contrib.gis.db.backends.postgis",
        "NAME": os.environ.get("DB_NAME", "clinic"),
        "USER": os.environ.get("DB_USER", "clinic"),
        "PASSWORD": os.environ.get("DB_PASSWORD", "not-so-secret"),
        "HOST": os.environ.get("DB_HOST", "127.0.0.1"),
    },
    # "legacy": {"ENGINE": "django.db.backends.mysql"},
}

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": "redis://127.0.0.1:6379/1",
    }
}

CELERY_BROKER_URL = os.environ.get("CELERY_BROKER_URL", "amqp://clinic:pa55@localhost:5672/clinic")
