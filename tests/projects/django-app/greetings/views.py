from django.http import JsonResponse
from django.shortcuts import render


def home(request):
    return render(request, "greetings/home.html", {"name": request.GET.get("name", "you")})


def hello(request, name):
    return JsonResponse({"hello": name})
